package io.clauderoutes.check.json;

/**
 * Reads a JSON text (RFC 8259) character by character, and says at each character whether the text so far can be the begin of a JSON
 * text. Not thread-safe.
 */
final class JsonPrefix {

    private static final int DEEPEST = SchemaCheck.DEEPEST_JSON;
    private static final int HEX_DIGITS = 4;
    private static final int HEX = 16;
    private static final int FIRST_PRINTABLE = 0x20;

    /** Takes in what the text consists of. Each method says whether the text can still be valid. */
    interface Handler {
        boolean beginObject();

        boolean endObject();

        boolean beginArray();

        boolean endArray();

        /** A comma: another property or item follows. */
        boolean another();

        /** The name of a property is complete. */
        boolean name(String name);

        boolean beginString();

        /** One more UTF-16 unit of the value of a string. */
        boolean character(char unit);

        /** The string is complete. */
        boolean endString();

        /** A number begins. */
        boolean beginNumber();

        /** The number is complete. */
        boolean number(String digits);

        /** A literal begins: {@code true}, {@code false} or {@code null}. */
        boolean beginLiteral(char first);

        /** The literal is complete. */
        boolean literal(String name);
    }

    private enum State {
        VALUE,
        FIRST_ITEM,
        FIRST_NAME,
        NAME,
        COLON,
        AFTER_VALUE,
        STRING,
        ESCAPE,
        UNICODE,
        NUMBER,
        LITERAL,
        END
    }

    /** How far a number is. */
    private enum Digits {
        MINUS,
        ZERO,
        INTEGER,
        POINT,
        FRACTION,
        E,
        SIGN,
        EXPONENT
    }

    private final Handler handler;
    private final StringBuilder token = new StringBuilder();
    private final boolean[] inObject = new boolean[DEEPEST + 1];
    private int depth;
    private State state = State.VALUE;
    private boolean isName;
    private int hexDigits;
    private int unicode;
    private Digits digits = Digits.MINUS;
    private String literal = "";

    JsonPrefix(Handler handler) {
        this.handler = handler;
    }

    /** Whether the text is within a string, a number or a literal. */
    boolean isInToken() {
        return switch (state) {
            case STRING, ESCAPE, UNICODE, NUMBER, LITERAL -> true;
            default -> false;
        };
    }

    /** Whether a part of an escape sequence has come. */
    boolean isInEscape() {
        return state == State.ESCAPE || state == State.UNICODE;
    }

    /** Takes in the next character. */
    boolean accept(char c) {
        return switch (state) {
            case VALUE -> isSpace(c) || value(c);
            case FIRST_ITEM -> isSpace(c) || (c == ']' ? endArray() : value(c));
            case FIRST_NAME -> isSpace(c) || (c == '}' ? endObject() : beginName(c));
            case NAME -> isSpace(c) || beginName(c);
            case COLON -> isSpace(c) || colon(c);
            case AFTER_VALUE -> isSpace(c) || afterValue(c);
            case STRING -> string(c);
            case ESCAPE -> escape(c);
            case UNICODE -> hexDigit(c);
            case NUMBER -> number(c);
            case LITERAL -> literal(c);
            case END -> isSpace(c);
        };
    }

    /** The text has ended: whether it is a JSON text. */
    boolean end() {
        return state == State.END || (state == State.NUMBER && depth == 0 && endNumber());
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private boolean value(char c) {
        return switch (c) {
            case '{' -> push(true) && handler.beginObject();
            case '[' -> push(false) && handler.beginArray();
            case '"' -> {
                beginText(false);
                yield handler.beginString();
            }
            case 't' -> beginLiteral("true");
            case 'f' -> beginLiteral("false");
            case 'n' -> beginLiteral("null");
            default -> beginNumber(c);
        };
    }

    private boolean push(boolean object) {
        if (depth == DEEPEST) {
            return false;
        }
        depth++;
        inObject[depth] = object;
        state = object ? State.FIRST_NAME : State.FIRST_ITEM;
        return true;
    }

    private boolean endObject() {
        pop();
        return handler.endObject();
    }

    private boolean endArray() {
        pop();
        return handler.endArray();
    }

    private void pop() {
        depth--;
        ended();
    }

    private void ended() {
        state = depth == 0 ? State.END : State.AFTER_VALUE;
    }

    private boolean beginName(char c) {
        if (c != '"') {
            return false;
        }
        beginText(true);
        return true;
    }

    private void beginText(boolean name) {
        isName = name;
        token.setLength(0);
        state = State.STRING;
    }

    private boolean colon(char c) {
        state = State.VALUE;
        return c == ':';
    }

    private boolean afterValue(char c) {
        if (c == ',') {
            state = inObject[depth] ? State.NAME : State.VALUE;
            return handler.another();
        }
        if (inObject[depth]) {
            return c == '}' && endObject();
        }
        return c == ']' && endArray();
    }

    private boolean string(char c) {
        if (c == '\\') {
            state = State.ESCAPE;
            return true;
        }
        if (c == '"') {
            return endText();
        }
        return c >= FIRST_PRINTABLE && unit(c);
    }

    private boolean endText() {
        if (isName) {
            state = State.COLON;
            return handler.name(token.toString());
        }
        ended();
        return handler.endString();
    }

    private boolean unit(char unit) {
        state = State.STRING;
        if (isName) {
            token.append(unit);
            return true;
        }
        return handler.character(unit);
    }

    private boolean escape(char c) {
        return switch (c) {
            case '"', '\\', '/' -> unit(c);
            case 'b' -> unit('\b');
            case 'f' -> unit('\f');
            case 'n' -> unit('\n');
            case 'r' -> unit('\r');
            case 't' -> unit('\t');
            case 'u' -> {
                state = State.UNICODE;
                hexDigits = 0;
                unicode = 0;
                yield true;
            }
            default -> false;
        };
    }

    private boolean hexDigit(char c) {
        int digit = c < 0x80 ? Character.digit(c, HEX) : -1;
        if (digit < 0) {
            return false;
        }
        unicode = unicode * HEX + digit;
        hexDigits++;
        return hexDigits < HEX_DIGITS || unit((char) unicode);
    }

    private boolean beginLiteral(String name) {
        literal = name;
        token.setLength(0);
        token.append(name.charAt(0));
        state = State.LITERAL;
        return handler.beginLiteral(name.charAt(0));
    }

    private boolean literal(char c) {
        if (c != literal.charAt(token.length())) {
            return false;
        }
        token.append(c);
        if (token.length() < literal.length()) {
            return true;
        }
        ended();
        return handler.literal(literal);
    }

    private boolean beginNumber(char c) {
        if (c != '-' && !isDigit(c)) {
            return false;
        }
        token.setLength(0);
        token.append(c);
        digits = c == '-' ? Digits.MINUS : c == '0' ? Digits.ZERO : Digits.INTEGER;
        state = State.NUMBER;
        return handler.beginNumber();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean number(char c) {
        Digits next = next(c);
        if (next != null) {
            digits = next;
            token.append(c);
            return true;
        }
        return depth == 0 ? isSpace(c) && endNumber() : endNumber() && (isSpace(c) || afterValue(c));
    }

    /** How far the number is with one more character; null if it is not part of the number. */
    private Digits next(char c) {
        return switch (digits) {
            case MINUS -> c == '0' ? Digits.ZERO : isDigit(c) ? Digits.INTEGER : null;
            case ZERO -> pointOrExponent(c);
            case INTEGER -> isDigit(c) ? Digits.INTEGER : pointOrExponent(c);
            case POINT, FRACTION ->
                isDigit(c) ? Digits.FRACTION : digits == Digits.FRACTION && isExponent(c) ? Digits.E : null;
            case E -> c == '+' || c == '-' ? Digits.SIGN : isDigit(c) ? Digits.EXPONENT : null;
            case SIGN, EXPONENT -> isDigit(c) ? Digits.EXPONENT : null;
        };
    }

    private static Digits pointOrExponent(char c) {
        return c == '.' ? Digits.POINT : isExponent(c) ? Digits.E : null;
    }

    private static boolean isExponent(char c) {
        return c == 'e' || c == 'E';
    }

    private boolean endNumber() {
        boolean whole =
                switch (digits) {
                    case ZERO, INTEGER, FRACTION, EXPONENT -> true;
                    default -> false;
                };
        if (!whole) {
            return false;
        }
        ended();
        return handler.number(token.toString());
    }
}
