package io.clauderoutes.stream;

import java.io.IOException;

/** Reads the frames of a stream one by one. */
interface FrameReader {

    /** The data of the next frame, waited for; null at the end of the stream. */
    byte[] next() throws IOException;
}
