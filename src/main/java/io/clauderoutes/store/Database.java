package io.clauderoutes.store;

import io.clauderoutes.store.GroupCommit.Work;
import java.sql.SQLException;

/** Where a part of the bundle stores its rows: a file of this process, or a database that several bundles share. */
public interface Database extends AutoCloseable {

    /**
     * Does it in one transaction, which is on the disk when this returns.
     *
     * @throws SQLException if it has not happened
     */
    <T> T done(Work<T> work) throws SQLException;

    /** How it is called in logs; it holds no secret. */
    String name();

    /** Whether there is anything to be read. */
    boolean exists();

    @Override
    void close();
}
