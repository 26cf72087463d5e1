package io.clauderoutes.credential;

/** A text that must not be shown. It may change while the bundle runs. */
interface Secret {

    String value();

    /** Looks whether it has changed; it is called a few times a second. */
    boolean look();

    /** Whether it differs from the refused secret. The check may take a moment. */
    boolean isOtherThan(String refused);

    /** One that never changes. */
    static Secret fixed(String value) {
        return new Secret() {
            @Override
            public String value() {
                return value;
            }

            @Override
            public boolean look() {
                return false;
            }

            @Override
            public boolean isOtherThan(String refused) {
                return !value.equals(refused);
            }

            @Override
            public String toString() {
                return "Secret[fixed]";
            }
        };
    }
}
