package io.clauderoutes.sidebyside;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The part of a document that is between two marks, and nothing else of it. */
public final class ReportFile {

    private final Path file;
    private final String begins;
    private final String ends;

    /** @param writer who writes the part, as the mark tells it */
    public ReportFile(Path file, String name, String writer) {
        this.file = file;
        this.begins = "<!-- " + name + ": this part is written by " + writer + " -->\n";
        this.ends = "<!-- " + name + ": end -->\n";
    }

    /** Puts the report between the marks, in place of what was there. */
    public void write(String report) throws IOException {
        String document = Files.readString(file);
        int begin = document.indexOf(begins);
        int end = document.indexOf(ends);
        if (begin < 0 || end < begin) {
            throw new IllegalStateException(file + " must have the lines\n" + begins + ends);
        }
        Files.writeString(
                file, document.substring(0, begin + begins.length()) + "\n" + report + "\n" + document.substring(end));
    }
}
