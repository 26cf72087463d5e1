package io.clauderoutes.simulator;

/** A whole answer's script, which also knows how its kind of answer spells what a fault puts into it. */
interface ReplyScript extends Script {

    byte[] error(String type, String message);

    byte[] junk();

    byte[] unknown();

    byte[] hugeBeginning();

    byte[] hugeEnd();

    /** What the long line is made of. */
    char filling();
}
