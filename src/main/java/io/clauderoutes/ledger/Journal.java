package io.clauderoutes.ledger;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/**
 * Rows that are on the disk before the store has them, for a lone row reaches a file that lies there already in a third of the
 * time of a commit. Whoever comes while others are being written leads the next batch or goes along with it; no thread is
 * changed for it. What a killed process has left behind is read in at the next start, and what is there already is no harm.
 */
final class Journal implements AutoCloseable {

    private static final int SEGMENT_BYTES = 1024 * 1024;
    private static final int HEAD = Long.BYTES;
    private static final int BATCH_HEAD = 2 * Integer.BYTES;

    private final Path store;
    private final Duration patience;
    private final LongSupplier ticker;
    private final RowJson json = new RowJson();
    /** Guards {@code next}. */
    private final ReentrantLock adding = new ReentrantLock();
    /** Held by whoever writes. */
    private final ReentrantLock writing = new ReentrantLock();

    private final Deque<Segment> full = new ArrayDeque<>();
    private Segment current;
    private long generation;
    private Batch next;
    private volatile Batch atWork;

    /**
     * Makes the first file, whose room is taken now so that writing takes none.
     *
     * @param store the file that the rows go to in the end; those of the journal lie beside it
     * @param patience how long anybody waits for a disk that does not answer
     * @throws IOException if there is no room for it
     */
    Journal(Path store, Duration patience, LongSupplier ticker) throws IOException {
        this.store = store;
        this.patience = patience;
        this.ticker = ticker;
        this.next = new Batch(ticker.getAsLong());
        this.atWork = next;
        this.current = new Segment(file(store, 1), ++generation);
    }

    private static Path file(Path store, long number) {
        return store.resolveSibling(store.getFileName() + ".journal-" + number);
    }

    private static List<Path> files(Path store) throws IOException {
        List<Path> files = new ArrayList<>();
        if (Files.isDirectory(store.toAbsolutePath().getParent())) {
            try (DirectoryStream<Path> found =
                    Files.newDirectoryStream(store.toAbsolutePath().getParent(), store.getFileName() + ".journal-*")) {
                found.forEach(files::add);
            }
        }
        return files;
    }

    /** What processes that are gone have left behind, in the order in which they wrote it. */
    static List<Row> left(Path store) throws IOException {
        Map<Long, List<Row>> segments = new TreeMap<>();
        for (Path file : files(store)) {
            readInto(segments, file);
        }
        return segments.values().stream().flatMap(List::stream).toList();
    }

    private static void readInto(Map<Long, List<Row>> segments, Path file) throws IOException {
        RowJson json = new RowJson();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        if (bytes.remaining() < HEAD) {
            return;
        }
        long generation = bytes.getLong();
        List<Row> rows = segments.computeIfAbsent(generation, first -> new ArrayList<>());
        while (bytes.remaining() > BATCH_HEAD) {
            int length = bytes.getInt();
            int sum = bytes.getInt();
            if (length <= 0 || length > bytes.remaining()) {
                return;
            }
            byte[] lines = new byte[length];
            bytes.get(lines);
            if (sum != sum(generation, lines)) {
                // It was cut off, or is of what the file held before.
                return;
            }
            rows.addAll(json.rows(lines));
        }
    }

    /** The store has everything. */
    static void forget(Path store) throws IOException {
        for (Path file : files(store)) {
            Files.delete(file);
        }
    }

    private static int sum(long generation, byte[] lines) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(Long.BYTES).putLong(generation).flip());
        sum.update(lines);
        return (int) sum.getValue();
    }

    /** Takes a row, which goes to the disk with the next one that somebody waits for; until then it is only where it was. */
    Batch add(Row row) throws IOException {
        byte[] line = json.lines(List.of(row));
        adding.lock();
        try {
            next.add(line);
            return next;
        } finally {
            adding.unlock();
        }
    }

    /**
     * Waits until a batch is on the disk. Who is the first to wait for it leads it there.
     *
     * @throws IOException if it may not be there
     */
    void await(Batch batch) throws IOException {
        boolean leads;
        adding.lock();
        try {
            leads = !batch.led;
            batch.led = true;
        } finally {
            adding.unlock();
        }
        if (leads) {
            lead(batch);
        }
        batch.await();
    }

    private void lead(Batch batch) {
        boolean mine = isMine();
        close(batch);
        if (!mine) {
            batch.failed(silent());
            return;
        }
        try {
            write(batch);
        } catch (IOException failure) {
            batch.failed(failure);
        } finally {
            writing.unlock();
        }
    }

    /** Waits until the one who writes is through. Others may have come along, so an interrupt of this thread ends nothing. */
    private boolean isMine() {
        if (writing.tryLock()) {
            return true;
        }
        try {
            return writing.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stopping) {
            writing.lock();
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Nobody else comes along. */
    private void close(Batch batch) {
        adding.lock();
        try {
            next = new Batch(ticker.getAsLong());
            atWork = batch;
        } finally {
            adding.unlock();
        }
    }

    private void write(Batch batch) throws IOException {
        byte[] lines = batch.lines();
        if (!current.hasRoomFor(lines)) {
            current = successor();
        }
        current.write(lines);
        batch.written(current);
    }

    /** The oldest file, if the store has all its rows, or else a new one. */
    private Segment successor() throws IOException {
        full.add(current);
        Segment oldest = full.element();
        if (oldest.isStored()) {
            full.remove();
            oldest.begin(++generation);
            return oldest;
        }
        try {
            return new Segment(file(store, ++generation), generation);
        } catch (IOException noRoom) {
            full.removeLast();
            throw noRoom;
        }
    }

    private IOException silent() {
        return new IOException("the disk has not answered for " + patience.toSeconds() + " s");
    }

    /** Lets those go who wait for a disk that does not answer. */
    void giveUpOnStuck() {
        long since = ticker.getAsLong() - patience.toNanos();
        Batch stuck = atWork;
        if (stuck.since - since < 0) {
            stuck.failed(silent());
        }
    }

    /** Closes the files; whether their rows are wanted is for others to say. */
    @Override
    public void close() {
        writing.lock();
        try {
            full.add(current);
            full.forEach(Segment::close);
        } finally {
            writing.unlock();
        }
    }

    /** Rows that go to the disk together. */
    static final class Batch {
        private final long since;
        private final CompletableFuture<Void> written = new CompletableFuture<>();
        private ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        private boolean led;
        private int notStored;
        private Segment segment;

        private Batch(long since) {
            this.since = since;
        }

        private void add(byte[] line) {
            bytes.writeBytes(line);
            synchronized (this) {
                notStored++;
            }
        }

        private byte[] lines() {
            byte[] lines = bytes.toByteArray();
            bytes = null;
            return lines;
        }

        private synchronized void written(Segment its) {
            segment = its;
            its.holds(notStored);
            written.complete(null);
        }

        /** One more of its rows is in the store. */
        synchronized void stored() {
            if (segment == null) {
                notStored--;
            } else {
                segment.holds(-1);
            }
        }

        private void failed(IOException failure) {
            written.completeExceptionally(failure);
        }

        private void await() throws IOException {
            try {
                written.get();
            } catch (InterruptedException stopping) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the wait for it was interrupted");
            } catch (ExecutionException failure) {
                throw failure.getCause() instanceof IOException io ? io : new IOException(failure.getCause());
            }
        }
    }

    /** A file of a length that does not change, so that writing into it changes nothing else. */
    private static final class Segment {
        private final RandomAccessFile file;
        private final AtomicInteger notStored = new AtomicInteger();
        private long generation;
        private int position;

        private Segment(Path path, long generation) throws IOException {
            this.generation = generation;
            Files.createDirectories(path.toAbsolutePath().getParent());
            // Not a channel, which an interrupt of the thread that writes would close.
            this.file = new RandomAccessFile(path.toFile(), "rw");
            try {
                file.setLength(0);
                file.write(new byte[SEGMENT_BYTES]);
                file.getFD().sync();
            } catch (IOException noRoom) {
                file.close();
                Files.delete(path);
                throw noRoom;
            }
        }

        private void begin(long its) {
            generation = its;
            position = 0;
        }

        private boolean hasRoomFor(byte[] lines) {
            return position == 0 || position + BATCH_HEAD + lines.length <= SEGMENT_BYTES;
        }

        private void write(byte[] lines) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(HEAD + BATCH_HEAD + lines.length);
            if (position == 0) {
                bytes.putLong(generation);
            }
            bytes.putInt(lines.length).putInt(sum(generation, lines)).put(lines);
            file.seek(position);
            file.write(bytes.array(), 0, bytes.position());
            file.getFD().sync();
            position += bytes.position();
        }

        private void holds(int rows) {
            notStored.addAndGet(rows);
        }

        private boolean isStored() {
            return notStored.get() == 0;
        }

        private void close() {
            LedgerDatabase.quietly(file);
        }
    }
}
