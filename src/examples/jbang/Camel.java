import org.apache.camel.dsl.jbang.core.commands.CamelJBangMain;

/** The command {@code camel} on a class path. */
class Camel {
    public static void main(String[] args) {
        CamelJBangMain.run(args);
    }
}
