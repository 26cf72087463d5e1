package io.clauderoutes.gateway;

import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Function;

/** A process with a gateway that works until it is killed. */
final class GatewayChild {

    private GatewayChild() {}

    /** Starts a bundle, and writes the URL of its gateway to the file {@code door} of the folder. */
    static void run(Path folder, Function<Path, Bundle> bundle) throws Exception {
        ChildJvm.endWithTheTest();
        String door = bundle.apply(folder).door().toString();
        Path written = Files.writeString(folder.resolve("door.part"), door);
        Files.move(written, folder.resolve("door"), StandardCopyOption.ATOMIC_MOVE);
        Thread.currentThread().join();
    }
}
