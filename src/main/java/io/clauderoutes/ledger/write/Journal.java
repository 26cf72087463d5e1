package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowJson;
import io.clauderoutes.ledger.store.LedgerDatabase;
import io.clauderoutes.store.PrivateFile;
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
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows that are on the disk before the store has them, for a lone row reaches a file that lies there already in a third of the
 * time of a commit. It is written by the thread that wants it to be; while others are being written, those who come gather, and
 * a thread of the journal's own writes them next. What a killed process has left behind is read in at the next start, and what
 * is there already is no harm.
 */
public final class Journal implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final int SEGMENT_BYTES = 1024 * 1024;
    private static final int HEAD = Long.BYTES;
    private static final int BATCH_HEAD = 2 * Integer.BYTES;
    /** What no ticker tells. */
    private static final long NEVER = Long.MIN_VALUE;

    private final Path store;
    private final Executor thread;
    private final boolean fsync;
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
    /** Rows so far. */
    private final AtomicLong added = new AtomicLong();
    /** Those of them that are written, or handed over. */
    private volatile long handedOver;

    private volatile Batch next = new Batch();
    private volatile Batch atWork = next;

    /**
     * Makes the first file, whose room is taken now so that writing takes none.
     *
     * @param store the file that the rows go to in the end; those of the journal lie beside it
     * @param thread writes for those who gather
     * @param fsync whether a write is done when the disk has it, or when the operating system does
     * @param patience how long anybody waits for a disk that does not answer
     * @throws IOException if there is no room for it
     */
    public Journal(Path store, Executor thread, boolean fsync, Duration patience, LongSupplier ticker)
            throws IOException {
        this.store = store;
        this.thread = thread;
        this.fsync = fsync;
        this.patience = patience;
        this.ticker = ticker;
        this.current = new Segment(file(store, 1), ++generation, fsync);
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
    public static List<Row> left(Path store) throws IOException {
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
            if (sum != sum(generation, List.of(lines))) {
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

    private static int sum(long generation, List<byte[]> lines) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(Long.BYTES).putLong(generation).flip());
        lines.forEach(sum::update);
        return (int) sum.getValue();
    }

    /** Takes a row, which goes to the disk with the next one that somebody waits for; until then it is only where it was. */
    public Batch add(Row row) throws IOException {
        byte[] line = json.lines(List.of(row));
        adding.lock();
        try {
            next.add(line);
            added.incrementAndGet();
            return next;
        } finally {
            adding.unlock();
        }
    }

    /**
     * Waits until a batch is on the disk.
     *
     * @throws IOException if it may not be there
     */
    public void await(Batch batch) throws IOException {
        if (isFirst(batch)) {
            if (writing.tryLock()) {
                write();
            } else {
                gather();
            }
        }
        batch.await();
    }

    /**
     * Hands what has gathered to the operating system, which keeps it when this process is killed, though not when the power
     * goes. Where somebody waits for it, it is on its way to the disk already; whoever writes hands over what gathered meanwhile.
     */
    void handOver() throws IOException {
        // Whoever adds a row while this holds the lock leaves it to this.
        while (handedOver != added.get() && writing.tryLock()) {
            try {
                current.handOver(gathered());
            } finally {
                writing.unlock();
            }
        }
    }

    private List<byte[]> gathered() {
        adding.lock();
        try {
            handedOver = added.get();
            return next.waitedForSince == NEVER ? List.copyOf(next.lines) : List.of();
        } finally {
            adding.unlock();
        }
    }

    /** Whether nobody has waited for it before. */
    private boolean isFirst(Batch batch) {
        adding.lock();
        try {
            boolean first = batch.waitedForSince == NEVER;
            if (first) {
                batch.waitedForSince = ticker.getAsLong();
            }
            return first;
        } finally {
            adding.unlock();
        }
    }

    private void gather() {
        try {
            thread.execute(this::writeGathered);
        } catch (RejectedExecutionException closing) {
            writeGathered();
        }
    }

    private void writeGathered() {
        writing.lock();
        write();
    }

    /** Writes what has gathered, unlocks, and hands over what came meanwhile. */
    private void write() {
        Batch batch = closed();
        try {
            write(batch);
        } catch (IOException failure) {
            batch.failed(failure);
        } finally {
            writing.unlock();
        }
        try {
            handOver();
        } catch (IOException failure) {
            LOG.debug("what nobody waits for is left to the store", failure);
        }
    }

    /** Nobody else comes along. */
    private Batch closed() {
        adding.lock();
        try {
            Batch batch = next;
            next = new Batch();
            atWork = batch;
            handedOver = added.get();
            return batch;
        } finally {
            adding.unlock();
        }
    }

    private void write(Batch batch) throws IOException {
        if (!current.hasRoomFor(batch.length)) {
            current = successor();
        }
        current.write(batch.lines);
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
            return new Segment(file(store, ++generation), generation, fsync);
        } catch (IOException noRoom) {
            full.removeLast();
            throw noRoom;
        }
    }

    /** Lets those go who wait for a disk that does not answer. */
    void giveUpOnStuck() {
        giveUpOn(atWork);
        giveUpOn(next);
    }

    private void giveUpOn(Batch batch) {
        long since = batch.waitedForSince;
        if (since != NEVER && since - (ticker.getAsLong() - patience.toNanos()) < 0) {
            batch.failed(new IOException("the disk has not answered for " + patience.toSeconds() + " s"));
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
        private final CompletableFuture<Void> written = new CompletableFuture<>();
        private final List<byte[]> lines = new ArrayList<>();
        private int length;
        private volatile long waitedForSince = NEVER;
        private int notStored;
        private Segment segment;

        private void add(byte[] line) {
            lines.add(line);
            length += line.length;
            synchronized (this) {
                notStored++;
            }
        }

        private synchronized void written(Segment its) {
            segment = its;
            lines.clear();
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
        /** The same file, where a write waits for no disk. */
        private final RandomAccessFile cached;

        private final AtomicInteger notStored = new AtomicInteger();
        private long generation;
        private int position;

        private Segment(Path path, long generation, boolean fsync) throws IOException {
            this.generation = generation;
            PrivateFile.create(path);
            // "d": a write is on the disk when it returns. A channel instead would be closed by an interrupt of its
            // writer.
            this.file = new RandomAccessFile(path.toFile(), fsync ? "rwd" : "rw");
            try {
                file.setLength(0);
                file.write(new byte[SEGMENT_BYTES]);
                file.getFD().sync();
                this.cached = new RandomAccessFile(path.toFile(), "rw");
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

        private boolean hasRoomFor(int length) {
            return position == 0 || position + BATCH_HEAD + length <= SEGMENT_BYTES;
        }

        private void write(List<byte[]> lines) throws IOException {
            byte[] bytes = bytes(lines);
            file.seek(position);
            file.write(bytes);
            position += bytes.length;
        }

        /** Writes where the next batch will be written, which has the same rows and perhaps more. */
        private void handOver(List<byte[]> lines) throws IOException {
            byte[] bytes = bytes(lines);
            if (!lines.isEmpty() && position + bytes.length <= SEGMENT_BYTES) {
                cached.seek(position);
                cached.write(bytes);
            }
        }

        private byte[] bytes(List<byte[]> lines) {
            int length = lines.stream().mapToInt(line -> line.length).sum();
            byte[] bytes = new byte[(position == 0 ? HEAD : 0) + BATCH_HEAD + length];
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            if (position == 0) {
                buffer.putLong(generation);
            }
            buffer.putInt(length).putInt(sum(generation, lines));
            lines.forEach(buffer::put);
            return bytes;
        }

        private void holds(int rows) {
            notStored.addAndGet(rows);
        }

        private boolean isStored() {
            return notStored.get() == 0;
        }

        private void close() {
            LedgerDatabase.quietly(cached);
            LedgerDatabase.quietly(file);
        }
    }
}
