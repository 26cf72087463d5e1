package io.clauderoutes.ledger.row;

/**
 * What the ledger has of one model and hour.
 *
 * @param used settled and estimated tokens
 * @param estimated number of attempts that broke off, whose output is a guess
 * @param unknown number of attempts that may have been billed, and are in no sum
 */
public record BookedUsage(HourUsage used, long estimated, long unknown) {

    /** No attempts. */
    public static final BookedUsage NOTHING = new BookedUsage(HourUsage.NONE, 0, 0);

    /** What the attempts of a sum used. */
    public static BookedUsage of(HourSum sum) {
        return new BookedUsage(
                sum.used(),
                sum.state() == State.ABORTED ? sum.attempts() : 0,
                sum.state() == State.UNKNOWN ? sum.attempts() : 0);
    }

    /** The sum of both. */
    public BookedUsage plus(BookedUsage other) {
        return new BookedUsage(used.plus(other.used), estimated + other.estimated, unknown + other.unknown);
    }
}
