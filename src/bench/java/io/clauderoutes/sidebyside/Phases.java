package io.clauderoutes.sidebyside;

/** Is told when the measured part of a cell begins and ends. */
interface Phases {

    Phases NONE = new Phases() {
        @Override
        public void begin() {}

        @Override
        public void end() {}
    };

    void begin();

    void end();
}
