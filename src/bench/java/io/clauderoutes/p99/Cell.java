package io.clauderoutes.p99;

/** One figure of the tables: a variant under a load, at endpoints of a condition. */
record Cell(Condition condition, Variant variant, Workload workload) {

    /** Its name in the file of results. */
    String key() {
        return condition + " | " + variant.name() + " | " + workload.title();
    }
}
