package io.clauderoutes.bundle;

import io.clauderoutes.settings.BundledSimulatorSettings;
import java.net.URI;

/** Replies in place of the API while no key is set. {@link java.util.ServiceLoader} finds it in the simulator's own jar. */
public interface ApiSimulator {

    /**
     * Checks settings before anything is started.
     *
     * @throws IllegalArgumentException if a setting has a value that the simulator does not know, named in the message
     */
    void check(BundledSimulatorSettings settings);

    /**
     * Begins to listen on loopback.
     *
     * @throws IllegalArgumentException if a setting has a value that the simulator does not know, named in the message
     */
    Running start(BundledSimulatorSettings settings);

    /** A simulator that listens until it is closed. */
    interface Running extends AutoCloseable {

        URI url();

        @Override
        void close();
    }
}
