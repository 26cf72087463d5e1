package io.clauderoutes.console;

import static io.clauderoutes.support.StubReply.nothingButAReset;
import static io.clauderoutes.support.StubReply.says;
import static io.clauderoutes.support.StubReply.stream;
import static org.assertj.core.api.Assertions.assertThat;

import io.clauderoutes.InProcessBundle;
import io.clauderoutes.support.StubClaude;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The console in Chromium: one bundle and one browser for all tests. */
@Timeout(240)
class ConsoleBrowserTest {

    private static final String MODEL = "claude-sonnet-5-5";
    private static final List<String> PAGES = List.of("now", "try", "spent", "routes", "settings");

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
                .with("claude.checks.polite.forbidden-pattern", "damn")
                .with("claude.source.checks", "polite")
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

    /** The shortest of three outages counts: the machine may be busy with other tests. */
    @Test
    void an_outage_is_visible_within_2_s() throws Exception {
        open("now");
        Duration shortest = Duration.ofDays(1);
        for (int outage = 0; outage < 3; outage++) {
            CLAUDE.always(says("Very deep."));
            bundle.ask("", MODEL, "How deep?");
            browser.until(() -> browser.text("#now-summary").equals("No problems."), "there are problems");

            CLAUDE.always(nothingButAReset());
            bundle.ask("", MODEL, "How deep now?");
            long failed = System.nanoTime();
            browser.until(() -> browser.text("#now-problems").contains("endpoint primary"), "nothing is seen");
            Duration took = Duration.ofNanos(System.nanoTime() - failed);
            shortest = took.compareTo(shortest) < 0 ? took : shortest;
            // Outages within one second count together.
            browser.until(
                    () -> browser.text("#now-problems").matches("(?s).*[1-3] requests? failed.*"),
                    "the failure is not counted");
        }

        assertThat(shortest).isLessThan(Duration.ofSeconds(2));
        assertThat(browser.text("#now-problems")).contains("Since", "Cost so far");
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
        browser.narrow(320);
        for (String page : PAGES) {
            open(page);
            assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
                    .as("width of page %s", page)
                    .isLessThanOrEqualTo(320L);
        }
        browser.narrow(0);
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

    private static void send(String prompt) {
        browser.run("sessionStorage.clear()");
        browser.reload();
        browser.find("#try-prompt").sendKeys(prompt);
        browser.click("#try-send");
    }

    @Test
    void the_prompt_can_be_typed_before_any_call_is_made() {
        browser.open(bundle.management() + "/");

        Object called = browser.run(
                "return performance.getEntriesByType('resource')"
                        + ".filter(entry => entry.name.includes('/console/api/') && !entry.name.endsWith('/now/events')).length");
        browser.find("#quick-prompt").sendKeys("How deep?");

        assertThat(called).isEqualTo(0L);
        assertThat(browser.run("return document.getElementById('quick-prompt').value"))
                .isEqualTo("How deep?");
    }

    @Test
    void a_reply_grows_and_shows_what_became_of_it() {
        CountDownLatch released = new CountDownLatch(1);
        CLAUDE.whenPromptHas(
                "grow",
                stream()
                        .start()
                        .text("It begins. ")
                        .waitFor(released)
                        .text("The card is 4111 1111 1111 1111. It is deep.")
                        .stop());
        open("try");
        send("grow");
        browser.until(() -> browser.text("#try-reply").contains("It begins."), "no first text");
        assertThat(browser.text("#try-reply")).doesNotContain("deep");

        released.countDown();
        browser.until(() -> browser.text("#try-status").equals("The reply is complete."), "no end");

        assertThat(browser.text("#try-reply")).isEqualTo("It begins. The card is [REDACTED]. It is deep.");
        assertThat(browser.text("#try-facts"))
                .containsPattern("Cost\\s+\\$0\\.")
                .containsPattern("First token\\s+[0-9,]+ ms")
                .containsPattern("Redacted\\s+card")
                .containsPattern("Checks passed\\s+polite")
                .containsPattern("Endpoint\\s+primary")
                .containsPattern("Attempts\\s+1")
                .containsPattern("Cache\\s+miss");
        assertThat(browser.violations()).isEmpty();
    }

    @Test
    void a_reply_goes_on_after_a_reload() {
        CountDownLatch released = new CountDownLatch(1);
        CLAUDE.whenPromptHas(
                "reload",
                stream()
                        .start()
                        .text("Before. ")
                        .waitFor(released)
                        .text("After.")
                        .stop());
        open("try");
        send("reload");
        browser.until(() -> browser.text("#try-reply").contains("Before."), "no first text");
        long calls = CLAUDE.prompts().stream()
                .filter(body -> body.contains("reload"))
                .count();

        browser.reload();
        browser.until(() -> browser.text("#try-reply").contains("Before."), "the reply is not continued");
        released.countDown();
        browser.until(() -> browser.text("#try-status").equals("The reply is complete."), "no end");

        assertThat(browser.text("#try-reply")).isEqualTo("Before. After.");
        assertThat(CLAUDE.prompts().stream().filter(body -> body.contains("reload")))
                .hasSize((int) calls);
        assertThat(browser.run("return document.getElementById('try-prompt').value"))
                .isEqualTo("reload");
    }

    @Test
    void cancel_ends_the_call() {
        CountDownLatch never = new CountDownLatch(1);
        CLAUDE.whenPromptHas(
                "cancel", stream().start().text("Begun. ").waitFor(never).stop());
        open("try");
        send("cancel");
        browser.until(() -> browser.text("#try-reply").contains("Begun."), "no first text");

        browser.click("#try-cancel");
        browser.until(() -> browser.text("#try-status").equals("Cancelled."), "not cancelled");
        browser.until(() -> bundle.get("/console/api/now").body().contains("\"requests\":[]"), "the request goes on");
        never.countDown();
    }

    @Test
    void a_route_has_its_steps_and_its_file() {
        CLAUDE.always(says("Very deep."));
        open("routes");
        browser.until(() -> browser.text("#routes-list").contains("claude-throttle"), "no routes");
        assertThat(browser.all("#routes-picture svg rect")).hasSizeGreaterThan(6);

        browser.run("[...document.querySelectorAll('#routes-list button')]"
                + ".find(button => button.textContent === 'claude-throttle').click()");

        browser.until(() -> browser.text("#routes-text").contains("id: claude-throttle-enter"), "no YAML");
        assertThat(browser.text("#routes-steps")).contains("claude-throttle-enter", "claude-throttle-leave");
        assertThat(browser.violations()).isEmpty();
    }

    @Test
    void settings_can_be_filtered() {
        open("settings");
        browser.until(() -> browser.text("#settings-status").contains(" settings"), "no settings");

        browser.find("#settings-filter").sendKeys("throttle.in-flight");

        browser.until(() -> browser.text("#settings-status").startsWith("1 of "), "not filtered");
        assertThat(browser.text("#settings-list")).contains("claude.throttle.in-flight", "default", "live");
    }

    @Test
    void what_was_spent_is_shown_by_model() throws Exception {
        CLAUDE.always(says("Very deep."));
        bundle.ask("", MODEL, "How deep?");
        open("spent");

        browser.until(() -> browser.text("#spent-model").contains(MODEL), "nothing was spent");
        assertThat(browser.text("#spent-status")).startsWith("$");
        assertThat(browser.find("#spent-csv").getDomAttribute("href")).startsWith("/console/api/spent.csv");
        assertThat(browser.violations()).isEmpty();
    }

    @Test
    void the_request_is_shown_for_curl_java_and_yaml() {
        open("try");
        browser.run("sessionStorage.clear()");
        browser.reload();
        browser.find("#try-prompt").sendKeys("What's \"deep\"?");
        browser.find("#try-model").sendKeys("claude-haiku-5-5");

        browser.click("[data-copy=curl]");
        assertThat(browser.text("#try-code"))
                .contains("/v1/messages", "$CLAUDE_ROUTES_KEY", "claude-haiku-5-5", "What'\\''s");
        browser.click("[data-copy=java]");
        assertThat(browser.text("#try-code"))
                .contains("claude:messages?model=RAW(claude-haiku-5-5)", "What's \\\"deep\\\"?");
        browser.click("[data-copy=yaml]");
        assertThat(browser.text("#try-code")).contains("uri: claude:messages", "model: \"claude-haiku-5-5\"");
    }
}
