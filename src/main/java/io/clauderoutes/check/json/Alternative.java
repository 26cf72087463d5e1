package io.clauderoutes.check.json;

/**
 * One of several schemas of which a value must fit one ({@code anyOf}, {@code oneOf}), or the whole schema. It fails as soon as a part of the value
 * breaks one of its rules; when all of a group have failed, the alternative that the group belongs to fails too.
 */
final class Alternative {

    private final Group group;
    private boolean failed;

    /** The alternatives of one value. */
    static final class Group {
        private final Alternative owner;
        private int left;

        Group(Alternative owner, int size) {
            this.owner = owner;
            this.left = size;
        }

        /** Whether more than one alternative is left, and it matters whether one of them is. */
        boolean isOpen() {
            return left > 1 && !owner.isOver();
        }
    }

    private Alternative(Group group) {
        this.group = group;
    }

    /** The whole schema. */
    static Alternative whole() {
        return new Alternative(null);
    }

    static Alternative of(Group group) {
        return new Alternative(group);
    }

    /** Whether it has failed, or what it belongs to has. */
    boolean isOver() {
        return failed || (group != null && group.owner.isOver());
    }

    /** Whether it has failed itself. */
    boolean hasFailed() {
        return failed;
    }

    /** A rule is broken. */
    void fail() {
        if (failed) {
            return;
        }
        failed = true;
        if (group != null) {
            group.left--;
            if (group.left == 0) {
                group.owner.fail();
            }
        }
    }
}
