package io.clauderoutes.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.clauderoutes.support.Patience;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A headless Chromium, as Debian has it. Where it is not installed, its tests are skipped. */
final class Browser implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final ChromeDriver driver;
    private final String axe;

    private Browser(ChromeDriver driver) throws IOException {
        this.driver = driver;
        try (InputStream script = ChromeDriver.class.getResourceAsStream("/axe.min.js")) {
            this.axe = new String(script.readAllBytes(), UTF_8);
        }
    }

    static Browser start(Path profile) throws IOException {
        Path chromium = found("chromium");
        Path chromedriver = found("chromedriver");
        System.setProperty("webdriver.remote.enableTracing", "false");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + profile);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.toFile())
                .withSilent(true)
                .build();
        ChromeDriver driver = new ChromeDriver(service, options);
        // A check of a page takes seconds on a busy machine.
        driver.manage().timeouts().scriptTimeout(Duration.ofMinutes(2));
        return new Browser(driver);
    }

    private static Path found(String program) {
        Path found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(found != null, program + " is not installed (Debian packages chromium and chromium-driver)");
        return found;
    }

    void open(String url) {
        driver.get(url);
    }

    void reload() {
        driver.navigate().refresh();
    }

    void size(int width, int height) {
        driver.manage().window().setSize(new Dimension(width, height));
    }

    WebElement find(String css) {
        return driver.findElement(By.cssSelector(css));
    }

    List<WebElement> all(String css) {
        return driver.findElements(By.cssSelector(css));
    }

    String text(String css) {
        return find(css).getText();
    }

    void click(String css) {
        find(css).click();
    }

    Object run(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    void until(Patience.Condition condition, String otherwise) {
        Patience.until(condition, LIMIT, () -> otherwise + "; page: " + text("body") + "; log: " + log());
    }

    /** What the page wrote to the console of the browser since the last time, errors of the policy for content included. */
    List<String> log() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .map(LogEntry::toString)
                .toList();
    }

    /** What axe-core finds wrong with the page, for people who use it in other ways than by eye and mouse. */
    List<String> violations() {
        driver.executeScript(axe);
        Object found = driver.executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                axe.run(document).then(result => done(result.violations.map(
                    violation => violation.id + ': ' + violation.nodes.map(node => node.html + ' ' + node.failureSummary).join('; '))),
                    failure => done(['axe failed: ' + failure]));
                """);
        return ((List<?>) found).stream().map(String::valueOf).toList();
    }

    void emulate(String scheme) {
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Shows the page as on a screen of this width; 0 for the usual one. */
    void narrow(int pixels) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width",
                        pixels,
                        "height",
                        800 * Integer.signum(pixels),
                        "deviceScaleFactor",
                        1,
                        "mobile",
                        false));
    }

    void picture(Path file) throws IOException {
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
