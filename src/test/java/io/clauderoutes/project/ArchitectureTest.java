package io.clauderoutes.project;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.STATIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.clauderoutes.cli.ClaudeRoutes;
import io.clauderoutes.simulator.BundleSimulator;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.Component;
import org.apache.camel.spi.UriParams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may know what, and where things that change are kept. */
class ArchitectureTest {

    private static final String ROOT = "io.clauderoutes";
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
            .importPackages(ROOT);
    /** From the top down: a package depends only on those that come after it. The empty name is the root. */
    private static final List<String> LAYERS = List.of(
            "cli",
            "install",
            "springboot",
            "bundle",
            "component",
            "console",
            "gateway",
            "gateway.batches",
            "gateway.websocket",
            "resume",
            "agent.mcp",
            "agent",
            "source",
            "throttle",
            "cache",
            "call",
            "call.http",
            "call.endpoint",
            "split",
            "redact",
            "fanout",
            "check",
            "agent.output",
            "agent.memory",
            "agent.template",
            "check.json",
            "check.pattern",
            "undelivered",
            "batch",
            "ledger",
            "ledger.report",
            "ledger.write",
            "ledger.price",
            "ledger.store",
            "ledger.row",
            "logging",
            "credential",
            "request",
            "tracing",
            "meters",
            "settings",
            "prediction",
            "stream",
            "message",
            "",
            "concurrent",
            "server",
            "store",
            "text");

    /** What each stage may use. */
    private static final List<String> BELOW_STAGES = List.of(
            "request", "tracing", "meters", "settings", "prediction", "stream", "message", "concurrent", "text");

    private static final Set<String> ASK_THE_SYSTEM =
            Set.of(ROOT + ".bundle.SystemRuntime", BundleSimulator.class.getName());
    private static final Map<String, Set<String>> ASKING = Map.of(
            "java.lang.System", Set.of("currentTimeMillis", "nanoTime"),
            "java.lang.Thread", Set.of("sleep", "onSpinWait"),
            "java.lang.Math", Set.of("random"),
            "java.time.Clock", Set.of("systemUTC", "systemDefaultZone", "system", "tickSeconds", "tickMillis"),
            "java.util.concurrent.ThreadLocalRandom", Set.of("current"));

    @Test
    void values_and_parsers_know_nothing_of_camel() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".message..", ROOT + ".stream..", ROOT + ".prediction..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.camel..", ROOT + ".simulator..")
                .because("they must be usable, and testable, without a CamelContext: move what needs one to its stage")
                .check(OURS);
    }

    @Test
    void the_simulator_knows_nothing_of_the_bundle() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".simulator..")
                .and()
                .doNotBelongToAnyOf(BundleSimulator.class)
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAPackage(ROOT + ".simulator.."))))
                .because("what it says must not be right only because both share a mistake: write it anew")
                .check(OURS);
    }

    @Test
    void nothing_depends_on_the_simulator() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".simulator..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".simulator..")
                .because("it is in a jar of its own, which an application can leave out")
                .check(OURS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"source", "throttle", "cache", "call", "split", "redact", "fanout", "check"})
    void a_stage_does_not_know_another_stage(String stage) {
        DescribedPredicate<JavaClass> allowed = resideInAnyPackage(Stream.concat(
                                Stream.of(ROOT, ROOT + "." + stage + ".."),
                                BELOW_STAGES.stream().map(name -> ROOT + "." + name))
                        .toArray(String[]::new))
                .or(stage.equals("call") ? resideInAPackage(ROOT + ".credential") : not(alwaysTrue()));

        noClasses()
                .that()
                .resideInAPackage(ROOT + "." + stage + "..")
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(allowed)))
                .because("stages meet in routes/ only: hand over what the other needs in the Request or in a header")
                .check(OURS);
    }

    @Test
    void nothing_static_is_replaced() {
        fields().that()
                .areStatic()
                .should()
                .beFinal()
                .because("two contexts in one JVM share nothing: make it a bean in a wiring class of the bundle")
                .check(OURS);
    }

    @Test
    void nothing_static_is_changed() {
        Stream<String> changeable = OURS.stream()
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getModifiers().contains(STATIC))
                .filter(field -> !field.getName().contains("$"))
                .filter(ArchitectureTest::canChange)
                .map(JavaField::getFullName);

        assertThat(changeable)
                .as(
                        "collections that are static must be Set.of, List.of, Map.of, and nothing static may count or collect:"
                                + " make it a bean in a wiring class of the bundle")
                .isEmpty();
    }

    private static boolean canChange(JavaField field) {
        JavaClass type = field.getRawType();
        if (type.getPackageName().startsWith("java.util.concurrent")
                || type.isAssignableTo(StringBuilder.class)
                || type.isAssignableTo(Random.class)) {
            return !type.isAssignableTo(Enum.class);
        }
        if (!type.isAssignableTo(Collection.class) && !type.isAssignableTo(Map.class)) {
            return false;
        }
        String held = valueOf(field).getClass().getName();
        return !held.startsWith("java.util.ImmutableCollections")
                && !held.startsWith("java.util.Collections$Unmodifiable")
                && !held.startsWith("java.util.Collections$Empty");
    }

    private static Object valueOf(JavaField field) {
        try {
            Field reflected = field.reflect();
            reflected.setAccessible(true);
            return reflected.get(null);
        } catch (IllegalAccessException hidden) {
            throw new IllegalStateException(field.getFullName(), hidden);
        }
    }

    @Test
    void time_and_chance_are_handed_in() {
        Stream<String> asking = OURS.stream()
                .filter(type -> !ASK_THE_SYSTEM.contains(outermost(type)))
                .flatMap(type -> Stream.concat(
                        type.getCodeUnitCallsFromSelf().stream(), type.getCodeUnitReferencesFromSelf().stream()))
                .filter(access -> asksTheSystem(
                        access.getTargetOwner(),
                        access.getTarget().getName(),
                        access.getTarget().getRawParameterTypes().isEmpty()))
                .map(access -> access.getDescription());

        assertThat(asking)
                .as("take a BundleRuntime or a part of it in the constructor; SystemRuntime makes it")
                .isEmpty();
    }

    private static String outermost(JavaClass type) {
        return type.getName().replaceAll("\\$.*", "");
    }

    private static boolean asksTheSystem(JavaClass owner, String method, boolean noArguments) {
        if (owner.getPackageName().equals("java.time") && noArguments && method.equals("now")) {
            return true;
        }
        if (owner.isAssignableTo(Random.class) && noArguments && method.equals("<init>")) {
            return true;
        }
        return ASKING.getOrDefault(owner.getName(), Set.of()).contains(method);
    }

    @Test
    void classes_are_nouns_of_the_domain() {
        noClasses()
                .should()
                .haveNameMatching(".*(Manager|Helper|Utils?|Impl|Service)(\\$.*)?")
                .because("such a name says nothing: what is it that the class knows?")
                .check(OURS);
    }

    @Test
    void nothing_writes_to_the_terminal_by_itself() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(ROOT + ".bundle.SystemRuntime")
                .and()
                .doNotBelongToAnyOf(ClaudeRoutes.class)
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .because("a library logs: use SLF4J, or take a PrintStream in the constructor")
                .check(OURS);
    }

    @Test
    void nothing_is_injected_behind_the_constructors_back() {
        members()
                .should()
                .notBeAnnotatedWith(injection())
                .because(
                        "a constructor says what a class needs: add an argument, and pass it in a wiring class of the bundle")
                .check(OURS);
    }

    private static DescribedPredicate<JavaAnnotation<?>> injection() {
        Set<String> names = Set.of(
                "BeanInject", "PropertyInject", "EndpointInject", "Produce", "Consume", "Inject", "Autowired", "Value");
        return new DescribedPredicate<>("an annotation that injects") {
            @Override
            public boolean test(JavaAnnotation<?> annotation) {
                return names.contains(annotation.getRawType().getSimpleName());
            }
        };
    }

    @Test
    void nothing_is_set_after_it_was_made() {
        methods()
                .that()
                .areDeclaredInClassesThat(not(assignableTo("org.apache.camel.dsl.yaml.common.YamlDeserializerBase")))
                .and()
                .areDeclaredInClassesThat(not(configuredByCamel()))
                .should()
                .haveNameNotMatching("set[A-Z].*")
                .because("what a class needs is an argument of its constructor")
                .check(OURS);
    }

    /** Camel sets the options of an endpoint and of a component by their setters. */
    private static DescribedPredicate<JavaClass> configuredByCamel() {
        return new DescribedPredicate<>("a component or its options") {
            @Override
            public boolean test(JavaClass type) {
                return type.isAnnotatedWith(UriParams.class) || type.isAssignableTo(Component.class);
            }
        };
    }

    @Test
    void fields_that_others_see_never_change() {
        fields().that()
                .areNotPrivate()
                .should()
                .beFinal()
                .because("whoever sees a field could change it: make it private or final")
                .check(OURS);
    }

    @Test
    void values_never_change() {
        fields().that()
                .areDeclaredInClassesThat(resideInAPackage(ROOT + ".message.."))
                .or()
                .areDeclaredInClassesThat()
                .areRecords()
                .or()
                .areDeclaredInClassesThat()
                .areAssignableTo(Throwable.class)
                .should()
                .beFinal()
                .because("a value is made once: return another one")
                .check(OURS);
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void a_package_depends_only_on_packages_below_it() {
        assertThat(OURS.stream()
                        .filter(type -> !type.getPackageName().startsWith(ROOT + ".simulator"))
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .filter(dependency ->
                                dependency.getTargetClass().getPackageName().startsWith(ROOT))
                        .filter(dependency -> layer(dependency.getOriginClass()) > layer(dependency.getTargetClass()))
                        .map(Dependency::getDescription))
                .as("move what both need below, or hand it in")
                .isEmpty();
    }

    @Test
    void all_sql_of_the_ledger_is_in_its_store() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + ".ledger..")
                .and()
                .resideOutsideOfPackage(ROOT + ".ledger.store")
                .should()
                .dependOnClassesThat(resideInAPackage("java.sql").and(not(assignableTo(SQLException.class))))
                .because("ask LedgerStore or LedgerQueries")
                .check(OURS);
    }

    private static int layer(JavaClass type) {
        int layer = LAYERS.indexOf(
                type.getPackageName().equals(ROOT) ? "" : type.getPackageName().substring(ROOT.length() + 1));
        assertThat(layer).as("LAYERS lacks %s", type.getPackageName()).isNotNegative();
        return layer;
    }

    @Test
    void the_root_has_what_the_outside_imports() {
        assertThat(OURS.stream()
                        .filter(type -> type.getPackageName().equals(ROOT) && type.isTopLevelClass())
                        .filter(type -> !type.getSimpleName().equals("package-info"))
                        .map(JavaClass::getSimpleName))
                .as("what is public is a promise: put the class into a package of its own")
                .containsExactlyInAnyOrder("ApiError", "ClaudeException", "ClaudeHeaders", "Frame", "Reply", "Usage");
    }

    @Test
    void no_two_classes_of_the_product_share_a_simple_name() throws IOException {
        List<String> names = new ArrayList<>();
        for (String sources : new String[] {"src/main/java", "src/simulator/java"}) {
            try (Stream<Path> files = Files.walk(Path.of(sources))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java") && !name.equals("package-info.java"))
                        .forEach(names::add);
            }
        }

        assertThat(names).doesNotHaveDuplicates();
    }

    @Test
    void no_constructor_takes_more_than_seven_arguments() {
        List<String> tooLong = OURS.stream()
                .flatMap(type -> type.getConstructors().stream())
                .filter(constructor -> constructor.getRawParameterTypes().size() > 7
                        && !constructor.getOwner().isAnonymousClass()
                        && !constructor.getOwner().isEnum())
                .map(constructor -> constructor.getFullName())
                .toList();

        assertThat(tooLong)
                .as("group arguments that belong together into a record")
                .isEmpty();
    }

    @Test
    void the_rules_see_the_code_that_they_are_about() {
        assertThat(OURS.size()).isGreaterThan(100);
        assertThat(OURS.stream()
                        .filter(type -> type.getModifiers().contains(FINAL))
                        .map(type -> type.getPackageName().toLowerCase(Locale.ROOT)))
                .contains(ROOT + ".call", ROOT + ".simulator", ROOT + ".stream");
    }
}
