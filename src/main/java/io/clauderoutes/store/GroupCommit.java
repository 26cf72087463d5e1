package io.clauderoutes.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that uses a file's connection. Whatever waits is done in one transaction, and each caller goes on when that is on
 * the disk. If one of it fails, all of it has not happened.
 */
public final class GroupCommit implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MOST_AT_ONCE = 1_000;
    private static final long IDLE_MILLIS = 200;
    private static final long PATIENCE_SECONDS = 30;

    /** Something to do with the file. */
    @FunctionalInterface
    public interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private record Waiting<T>(Work<T> work, CompletableFuture<T> done) {

        private Runnable doneOn(Connection connection) throws SQLException {
            T result = work.on(connection);
            return () -> done.complete(result);
        }
    }

    private final SqliteFile file;
    private final BlockingQueue<Waiting<?>> queue = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closing;

    /** @param thread is kept until this is closed, and so is the file */
    public GroupCommit(SqliteFile file, Executor thread) {
        this.file = file;
        thread.execute(this::work);
    }

    /**
     * Does it, and waits until it is on the disk.
     *
     * @throws SQLException if it is not
     */
    public <T> T done(Work<T> work) throws SQLException {
        CompletableFuture<T> done = new CompletableFuture<>();
        queue.add(new Waiting<>(work, done));
        if (closing && ended.getCount() == 0) {
            throw new SQLException(file + " was closed");
        }
        try {
            return done.get();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new SQLException("the wait for " + file + " was interrupted", stopping);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof SQLException sql ? sql : new SQLException(failure.getCause());
        }
    }

    /** Whether the file is still at its path. */
    public boolean isInPlace() {
        return file.isInPlace();
    }

    private void work() {
        try {
            while (!closing || !queue.isEmpty()) {
                Waiting<?> first = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                if (first != null) {
                    List<Waiting<?>> some = new ArrayList<>();
                    some.add(first);
                    queue.drainTo(some, MOST_AT_ONCE);
                    together(some);
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        } finally {
            closing = true;
            file.close();
            ended.countDown();
            queue.forEach(left -> left.done().completeExceptionally(new SQLException(file + " was closed")));
        }
    }

    private void together(List<Waiting<?>> some) {
        try {
            file.checkInPlace();
            List<Runnable> answers = new ArrayList<>(some.size());
            for (Waiting<?> one : some) {
                answers.add(one.doneOn(file.connection()));
            }
            file.connection().commit();
            answers.forEach(Runnable::run);
        } catch (SQLException | RuntimeException failure) {
            try {
                file.connection().rollback();
            } catch (SQLException alreadyGone) {
                LOG.debug("{} could not be rolled back", file, alreadyGone);
            }
            some.forEach(one -> one.done().completeExceptionally(failure));
        }
    }

    /** Does what waits, and closes the file. */
    @Override
    public void close() {
        closing = true;
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} was not closed within {} s", file, PATIENCE_SECONDS);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
