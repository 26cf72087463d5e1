package io.clauderoutes.ledger.write;

import io.clauderoutes.ledger.row.Row;
import io.clauderoutes.ledger.row.RowJson;
import io.clauderoutes.store.PrivateFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
 * Files with the rows that the store does not have yet. {@link #append} hands a row to the operating system, so that it outlives a
 * killed process. {@link Place#sync} waits until the disk has it, so that it outlives a power failure too: a write to a file of a
 * fixed length takes a third of the time of a commit. Threads that wait at the same time share one write to the disk.
 */
public final class Journal implements AutoCloseable {

    private static final int SEGMENT_BYTES = 1024 * 1024;
    /** A segment begins with its generation. A frame is a length, a checksum and the row as JSON. */
    private static final int SEGMENT_HEAD = Long.BYTES;

    private static final int FRAME_HEAD = 2 * Integer.BYTES;

    private final Path store;
    private final boolean fsync;
    private final Duration patience;
    private final LongSupplier ticker;
    private final RowJson json = new RowJson();
    private final ReentrantLock writing = new ReentrantLock();
    private final Deque<Segment> full = new ArrayDeque<>();
    private volatile Segment current;
    private long generation;
    /** Number of the last row that the operating system has. */
    private volatile long written;
    /** Number of the last row that the disk has, as have all before it. */
    private volatile long synced;

    private final ReentrantLock syncing = new ReentrantLock();
    /** Guarded by this. */
    private Round nextRound = new Round();

    private volatile Round roundAtWork = nextRound;

    /** Threads that wait for the same write to the disk. The first of them does it. */
    private static final class Round {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile boolean begun;
        private volatile long sinceNanos;
    }

    /**
     * Makes the first file, whose room is taken now so that writing takes none.
     *
     * @param store the file that the rows go to in the end; those of the journal lie beside it
     * @param fsync whether a row is safe when the disk has it, or when the operating system has it
     * @param patience how long anybody waits for a disk that does not answer
     * @throws IOException if there is no room for it
     */
    Journal(Path store, boolean fsync, Duration patience, LongSupplier ticker) throws IOException {
        this.store = store;
        this.fsync = fsync;
        this.patience = patience;
        this.ticker = ticker;
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
        if (bytes.remaining() < SEGMENT_HEAD) {
            return;
        }
        long generation = bytes.getLong();
        List<Row> rows = segments.computeIfAbsent(generation, first -> new ArrayList<>());
        while (bytes.remaining() > FRAME_HEAD) {
            int length = bytes.getInt();
            int sum = bytes.getInt();
            if (length <= 0
                    || length > bytes.remaining()
                    || sum != sum(generation, bytes.slice(bytes.position(), length))) {
                // It was cut off, or is of what the file held before.
                return;
            }
            byte[] lines = new byte[length];
            bytes.get(lines);
            rows.addAll(json.rows(lines));
        }
    }

    /** The store has everything. */
    static void forget(Path store) throws IOException {
        for (Path file : files(store)) {
            Files.delete(file);
        }
    }

    private static int sum(long generation, ByteBuffer line) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(Long.BYTES).putLong(generation).flip());
        sum.update(line);
        return (int) sum.getValue();
    }

    /**
     * Hands a row to the operating system.
     *
     * @throws IOException if there is no room for it, or the disk does not answer
     */
    Place append(Row row) throws IOException {
        byte[] frame = json.line(FRAME_HEAD, row);
        lock(writing);
        try {
            if (!current.hasRoomFor(frame.length)) {
                current = successor();
            }
            current.write(frame);
            long number = written + 1;
            written = number;
            return new Place(current, number);
        } finally {
            writing.unlock();
        }
    }

    /** An interrupt does not end the wait: other threads may wait for what this one is about to do. */
    private void lock(ReentrantLock lock) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (!lock.tryLock() && !lock.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                        throw stuck();
                    }
                    return;
                } catch (InterruptedException stopping) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private IOException stuck() {
        return new IOException("the disk has not answered for " + patience.toSeconds() + " s");
    }

    /** The oldest segment, if the store has all its rows, or else a new one. The disk has the rows of the current one by then. */
    private Segment successor() throws IOException {
        if (fsync && synced < written) {
            current.force();
            synced = written;
        }
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

    /** Where a row is. */
    final class Place {
        private final Segment segment;
        private final long number;

        private Place(Segment segment, long number) {
            this.segment = segment;
            this.number = number;
        }

        /**
         * Waits until the disk has the row.
         *
         * @throws IOException if it may not have the row
         */
        void sync() throws IOException {
            if (fsync && synced < number) {
                awaitRound();
            }
        }

        /** The store has the row too. */
        void release() {
            segment.notStored.decrementAndGet();
        }
    }

    private void awaitRound() throws IOException {
        Round round;
        boolean first;
        synchronized (this) {
            round = nextRound;
            first = !round.begun;
            if (first) {
                round.sinceNanos = ticker.getAsLong();
                round.begun = true;
            }
        }
        if (first) {
            sync(round);
        }
        try {
            round.done.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the wait for it was interrupted");
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof IOException io ? io : new IOException(failure.getCause());
        }
    }

    /** Waits for the round before, and writes for this one. Threads that come meanwhile are the next round. */
    private void sync(Round round) {
        try {
            lock(syncing);
        } catch (IOException stuck) {
            close(round);
            round.done.completeExceptionally(stuck);
            return;
        }
        try {
            close(round);
            roundAtWork = round;
            // In this order: the disk has all rows of a segment that is not the current one any more.
            long all = written;
            current.force();
            synced = all;
            round.done.complete(null);
        } catch (IOException failure) {
            round.done.completeExceptionally(failure);
        } finally {
            syncing.unlock();
        }
    }

    private synchronized void close(Round round) {
        if (nextRound == round) {
            nextRound = new Round();
        }
    }

    /** Ends the waits for a disk that does not answer. */
    void giveUpOnStuck() {
        giveUpOn(roundAtWork);
        synchronized (this) {
            giveUpOn(nextRound);
        }
    }

    private void giveUpOn(Round round) {
        if (round.begun && round.sinceNanos - (ticker.getAsLong() - patience.toNanos()) < 0) {
            round.done.completeExceptionally(stuck());
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

    /** A file of a length that does not change, so that a write to the disk changes nothing but its content. */
    private static final class Segment {
        private final Path path;
        /** Writes with it: an interrupt of the writer does not close it. */
        private final RandomAccessFile file;
        /** Forces with it; an interrupt closes it, and it is opened again. */
        private volatile FileChannel channel;

        private final AtomicInteger notStored = new AtomicInteger();
        private long generation;
        private int position;

        private Segment(Path path, long generation) throws IOException {
            this.path = path;
            this.generation = generation;
            PrivateFile.create(path);
            this.file = new RandomAccessFile(path.toFile(), "rw");
            try {
                file.setLength(0);
                file.write(new byte[SEGMENT_BYTES]);
                file.getFD().sync();
                this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
            } catch (IOException noRoom) {
                file.close();
                Files.delete(path);
                throw noRoom;
            }
            begin(generation);
        }

        private void begin(long its) throws IOException {
            generation = its;
            position = 0;
            file.seek(0);
        }

        private boolean hasRoomFor(int length) {
            return position == 0 || position + length <= SEGMENT_BYTES;
        }

        /** @param frame whose head is filled in here */
        private void write(byte[] frame) throws IOException {
            int length = frame.length - FRAME_HEAD;
            ByteBuffer.wrap(frame).putInt(length).putInt(sum(generation, ByteBuffer.wrap(frame, FRAME_HEAD, length)));
            if (position == 0) {
                file.writeLong(generation);
                position = SEGMENT_HEAD;
            }
            file.write(frame);
            position += frame.length;
            notStored.incrementAndGet();
        }

        private boolean isStored() {
            return notStored.get() == 0;
        }

        /** Returns when the disk has what was written. */
        private void force() throws IOException {
            boolean interrupted = Thread.interrupted();
            try {
                while (!forced()) {
                    interrupted |= Thread.interrupted();
                    channel = FileChannel.open(path, StandardOpenOption.WRITE);
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private boolean forced() throws IOException {
            try {
                channel.force(false);
                return true;
            } catch (ClosedByInterruptException interrupted) {
                return false;
            }
        }

        private void close() {
            try {
                channel.close();
                file.close();
            } catch (IOException alreadyGone) {
                // it is gone, as was wanted
            }
        }
    }
}
