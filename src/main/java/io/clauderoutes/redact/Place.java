package io.clauderoutes.redact;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A place in the JSON of the API. One table says which fields lead to another place; a field that is not in the table is
 * text, whatever its name and depth.
 */
enum Place {
    /** Strings and field names are redacted, at any depth. */
    TEXT,
    /** A string that others rely on, such as an id or an encrypted text: it stays. Anything but a string is text. */
    KEPT,
    /** The name of a type: it stays where it looks like one. */
    TYPE,
    /** A tool's input in a reply: it stays byte for byte, or is text; the settings decide. */
    INPUT,
    /** The body of a Messages request. */
    REQUEST,
    /** One message of a request. */
    TURN,
    TOOL,
    /** A server, a container or a model that a request names. */
    PEER,
    /** A content block, also within another block. */
    BLOCK,
    /** Where the bytes of an image or a document come from. */
    SOURCE,
    CITATION,
    /** A whole reply. */
    REPLY,
    /** An event of a stream. */
    EVENT,
    DELTA,
    /** The body of an error. */
    ERROR,
    /** The request that creates a batch. */
    BATCH,
    BATCH_ITEM,
    /** One line of a batch's results. */
    RESULT_LINE,
    RESULT;

    /** Stands for a type that is not in the table. */
    static final int OTHER_TYPE = 0;

    private static final String ANY = "*";
    private static final String TOOL_RESULT = "_tool_result";

    /** Place, type of the object (or any), field, place of the field's value. */
    private static final String TABLE = """
            request     *                               model               kept
            request     *                               system              block
            request     *                               messages            turn
            request     *                               tools               tool
            request     *                               tool_choice         tool
            request     *                               mcp_servers         peer
            request     *                               container           peer
            request     *                               fallbacks           peer
            turn        *                               role                kept
            turn        *                               content             block
            tool        *                               type                type
            tool        *                               name                kept
            tool        *                               mcp_server_name     kept
            peer        *                               type                type
            peer        *                               id                  kept
            peer        *                               name                kept
            peer        *                               url                 kept
            peer        *                               model               kept
            peer        *                               authorization_token kept
            peer        *                               skills              peer
            peer        *                               skill_id            kept
            block       *                               type                type
            block       *                               content             block
            block       *                               source              source
            block       *                               citations           citation
            block       *                               cache_control       peer
            block       *                               caller              peer
            block       *                               from                peer
            block       *                               to                  peer
            block       thinking                        thinking            kept
            block       thinking                        signature           kept
            block       redacted_thinking               data                kept
            block       tool_use                        id                  kept
            block       tool_use                        name                kept
            block       tool_use                        input               input
            block       server_tool_use                 id                  kept
            block       server_tool_use                 name                kept
            block       server_tool_use                 input               input
            block       mcp_tool_use                    id                  kept
            block       mcp_tool_use                    name                kept
            block       mcp_tool_use                    server_name         kept
            block       mcp_tool_use                    input               input
            block       tool_result                     tool_use_id         kept
            block       _tool_result                    tool_use_id         kept
            block       web_search_result               encrypted_content   kept
            block       encrypted_code_execution_result encrypted_stdout    kept
            block       code_execution_output           file_id             kept
            block       bash_code_execution_output      file_id             kept
            block       container_upload                file_id             kept
            block       tool_reference                  tool_name           kept
            block       compaction                      encrypted_content   kept
            source      *                               type                type
            source      *                               content             block
            source      base64                          data                kept
            source      base64                          media_type          kept
            source      url                             url                 kept
            source      file                            file_id             kept
            citation    *                               type                type
            citation    *                               file_id             kept
            citation    web_search_result_location      encrypted_index     kept
            reply       *                               id                  kept
            reply       *                               type                type
            reply       *                               role                kept
            reply       *                               model               kept
            reply       *                               stop_reason         kept
            reply       *                               content             block
            reply       *                               container           peer
            event       *                               type                type
            event       *                               message             reply
            event       *                               content_block       block
            event       *                               delta               delta
            delta       *                               type                type
            delta       *                               stop_reason         kept
            delta       *                               container           peer
            delta       *                               citation            citation
            delta       thinking_delta                  thinking            kept
            delta       signature_delta                 signature           kept
            delta       compaction_delta                encrypted_content   kept
            error       *                               type                type
            error       *                               request_id          kept
            error       *                               error               error
            batch       *                               requests            batch_item
            batch_item  *                               custom_id           kept
            batch_item  *                               params              request
            result_line *                               custom_id           kept
            result_line *                               result              result
            result      *                               type                type
            result      *                               message             reply
            result      *                               error               error
            """;

    private static final Map<String, Integer> TYPES = types();
    /** For each place: the places of a field by the number of the object's type. */
    private static final Map<Place, Map<String, Place[]>> FIELDS = fields();

    private static Stream<String[]> rows() {
        return TABLE.lines().map(line -> line.trim().split(" +", -1));
    }

    private static Map<String, Integer> types() {
        Map<String, Integer> types = new HashMap<>();
        rows().filter(row -> !row[1].equals(ANY)).forEach(row -> types.putIfAbsent(row[1], types.size() + 1));
        return Map.copyOf(types);
    }

    private static Map<Place, Map<String, Place[]>> fields() {
        Map<Place, Map<String, Place[]>> fields = new EnumMap<>(Place.class);
        for (Place place : values()) {
            fields.put(place, new HashMap<>());
        }
        rows().forEach(row -> fields.get(named(row[0]))
                        .computeIfAbsent(row[2], added -> new Place[TYPES.size() + 1])[
                        TYPES.getOrDefault(row[1], OTHER_TYPE)] =
                named(row[3]));
        return Collections.unmodifiableMap(fields);
    }

    private static Place named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** Whether some fields of an object here are in the table. */
    boolean hasFields() {
        return !FIELDS.get(this).isEmpty();
    }

    /** A number for a type, by which {@link #field} knows it. */
    static byte typeNumber(String type) {
        Integer number = TYPES.get(type);
        if (number == null && type.endsWith(TOOL_RESULT)) {
            number = TYPES.get(TOOL_RESULT);
        }
        return (byte) (number == null ? OTHER_TYPE : number);
    }

    /** Whether a block of this type is signed or encrypted thinking. */
    static boolean isThinking(byte type) {
        return type != OTHER_TYPE && (type == TYPES.get("thinking") || type == TYPES.get("redacted_thinking"));
    }

    /** The place of a field of an object here that has this type. */
    Place field(int type, String name) {
        Place[] byType = FIELDS.get(this).get(name);
        if (byType == null) {
            return TEXT;
        }
        Place place = byType[type] == null ? byType[OTHER_TYPE] : byType[type];
        return place == null ? TEXT : place;
    }
}
