package io.clauderoutes.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.clauderoutes.ClaudeException;
import io.clauderoutes.ledger.store.BookRows;
import io.clauderoutes.simulator.Simulator;
import io.clauderoutes.simulator.SimulatorSettings;
import io.clauderoutes.support.Bundle;
import io.clauderoutes.support.Patience;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk of three megabytes that is really full. It needs the right to mount; without it these tests are skipped, and say so. */
class FullDiskTest {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String PONG = "say exactly: Pong.";

    @TempDir
    private Path folder;

    private Path disk;
    private Simulator simulator;
    private Bundle bundle;
    private BookRows books;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        assumeThat(ran("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.toString()))
                .as("the right to mount a small disk")
                .isTrue();
        simulator = Simulator.start(SimulatorSettings.instant(), Clock.systemUTC());
        bundle = Bundle.calling(simulator)
                .with("claude.ledger.enabled", "true")
                .with("claude.cache.enabled", "false")
                .with("claude.data", disk.toString());
        books = new BookRows(disk);
    }

    private static boolean ran(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchCommand) {
            return false;
        }
    }

    @AfterEach
    void unmount() throws Exception {
        if (bundle != null) {
            bundle.close();
            simulator.close();
            ran("umount", "-l", disk.toString());
        }
    }

    private void fill() throws IOException {
        byte[] some = new byte[1024];
        try (OutputStream out = Files.newOutputStream(disk.resolve("filler"))) {
            while (true) {
                out.write(some);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private void makeRoom() throws IOException {
        Files.delete(disk.resolve("filler"));
        Patience.until(() -> bundle.meter("claude.ledger.available") == 1, LONG, () -> "the ledger is not available");
    }

    /** SQLite's log has room of its own, so it takes some calls until it is really full. */
    private int askedUntilRefused() {
        int asked = 0;
        while (asked < 10_000) {
            var exchange = bundle.send(PONG);
            if (exchange.getException() != null) {
                assertThat(Bundle.failureOf(exchange))
                        .isInstanceOf(ClaudeException.Unavailable.class)
                        .hasMessageContaining("claude.ledger.when-unavailable=stop");
                return asked;
            }
            asked++;
        }
        throw new AssertionError("never refused");
    }

    @Test
    void stops_calls_and_none_is_lost_when_there_is_room_again() throws IOException {
        bundle.ask(PONG);
        fill();

        int asked = askedUntilRefused();
        assertThat(simulator.bill().billed().answers()).isEqualTo(asked + 1L);
        makeRoom();
        bundle.ask(PONG);

        assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                .isEqualTo(simulator.bill().billed().answers());
        assertThat(books.number("SELECT sum(input_tokens) FROM attempt"))
                .isEqualTo(simulator.bill().billed().tokens().input());
        assertThat(books.of("PRAGMA integrity_check")).containsExactly("ok");
    }

    @Test
    void is_gone_around_if_calls_are_to_go_on_and_the_spill_file_is_on_another_disk() throws IOException {
        bundle.with("claude.ledger.when-unavailable", "go-on")
                .with("claude.ledger.spill-file", folder.resolve("spill").toString());
        bundle.ask(PONG);
        fill();

        Patience.until(
                () -> {
                    bundle.ask(PONG);
                    return Files.exists(folder.resolve("spill"));
                },
                LONG,
                () -> "nothing was spilled");
        bundle.ask(PONG);
        makeRoom();

        assertThat(books.number("SELECT count(*) FROM attempt WHERE state = 'SETTLED'"))
                .isEqualTo(simulator.bill().billed().answers());
        assertThat(folder.resolve("spill")).doesNotExist();
    }
}
