import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Says what a node does, as Interregnum reads it: copy this file beside yours.
 *
 * <pre>Interregnum.say("leader", 7, "n1", "n1");</pre>
 *
 * Call it inside the transition: after term and vote are durable, and before anything is sent, replied or counted. For what a node
 * does not know pass {@link #UNKNOWN}; null is <em>known to be none</em>.
 */
public final class Interregnum {
    /** Not known: the field is left out. */
    public static final String UNKNOWN = new String("unknown");

    // Not System.out: its buffer would let the line wait until something has been sent.
    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);
    private static String last = "";

    private Interregnum() {}

    /** Prints one whole line by one write, if anything has changed since the last. Synchronized: lines keep the order of the changes. */
    public static synchronized void say(String role, long term, String vote, String leader) {
        String state = "{\"role\":" + quoted(role) + ",\"term\":" + Long.toUnsignedString(term)
                + field("vote", vote) + field("leader", leader);
        if (state.equals(last)) {
            return;
        }
        last = state;
        // On Linux System.nanoTime is CLOCK_MONOTONIC.
        String line = state + ",\"at\":" + System.nanoTime() + "}\n";
        try {
            OUT.write(line.getBytes(StandardCharsets.UTF_8));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @SuppressWarnings("StringEquality") // UNKNOWN is one object, and no name
    private static String field(String name, String value) {
        return value == UNKNOWN ? "" : ",\"" + name + "\":" + (value == null ? "null" : quoted(value));
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            quoted.append(c < 0x20 || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return quoted.append('"').toString();
    }
}
