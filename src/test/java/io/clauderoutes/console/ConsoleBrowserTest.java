package io.clauderoutes.console;

import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The console in Chromium: one bundle and one browser for all tests. */
@Timeout(120)
class ConsoleBrowserTest {

    private static final String MODEL = "claude-sonnet-5-5";
    private static final List<String> PAGES = List.of("now");

    @TempDir
    static Path home;

    private static final StubClaude CLAUDE = new StubClaude();
    private static InProcessBundle bundle;
    private static Browser browser;

    @BeforeAll
    static void start() throws Exception {
        browser = Browser.start(home.resolve("profile"));
        bundle = new InProcessBundle(home, URI.create(CLAUDE.url()))
                .with("claude.console.enabled", "true")
                .with("claude.call.first-delay", "1ms")
                .with("claude.call.max-delay", "2ms")
                .started();
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (bundle != null) {
            bundle.close();
        }
        CLAUDE.close();
    }

    private static void open(String page) {
        browser.open(bundle.management() + "/#" + page);
        browser.until(() -> browser.text("#link").equals("Live"), "the page is not connected");
    }

    @AfterEach
    void the_browser_has_nothing_to_complain_about() {
        assertThat(browser.log()).isEmpty();
    }

    @Test
    void an_outage_is_visible_within_2_s() throws Exception {
        CLAUDE.always(says("Very deep."));
        bundle.ask("", MODEL, "How deep?");
        open("now");
        browser.until(() -> browser.text("#now-summary").equals("No problems."), "there are problems");

        CLAUDE.always(nothingButAReset());
        bundle.ask("", MODEL, "How deep now?");
        long failed = System.nanoTime();
        browser.until(() -> browser.text("#now-problems").contains("endpoint primary"), "nothing is seen");
        Duration took = Duration.ofNanos(System.nanoTime() - failed);

        assertThat(took).isLessThan(Duration.ofSeconds(2));
        assertThat(browser.text("#now-problems")).contains("Since", "Cost so far", "1 request failed");
        assertThat(browser.violations()).isEmpty();
        CLAUDE.always(says("Very deep."));
        bundle.ask("", MODEL, "How deep again?");
        browser.until(() -> browser.text("#now-summary").equals("No problems."), "the problem stays");
    }

    @Test
    void everybody_can_use_each_page_in_both_themes_and_on_a_narrow_screen() {
        List<String> found = new ArrayList<>();
        for (String scheme : List.of("light", "dark")) {
            browser.emulate(scheme);
            for (String page : PAGES) {
                open(page);
                browser.violations().forEach(violation -> found.add(page + " (" + scheme + "): " + violation));
            }
        }
        browser.width(320);
        for (String page : PAGES) {
            open(page);
            assertThat(browser.run("return document.documentElement.scrollWidth <= innerWidth"))
                    .as("page %s is wider than the screen", page)
                    .isEqualTo(true);
        }
        browser.width(1280);
        browser.emulate("light");

        assertThat(found).isEmpty();
    }

    @Test
    void the_theme_that_was_chosen_is_remembered() {
        browser.emulate("light");
        open("now");
        browser.click("#theme");
        assertThat(browser.run("return document.documentElement.dataset.theme")).isEqualTo("dark");

        browser.reload();
        assertThat(browser.run("return document.documentElement.dataset.theme")).isEqualTo("dark");
        assertThat(browser.text("#theme")).isEqualTo("Light theme");
        browser.run("localStorage.clear()");
    }
}
