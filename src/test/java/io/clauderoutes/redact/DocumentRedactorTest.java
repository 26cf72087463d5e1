package io.clauderoutes.redact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the API's JSON is text, and what stays byte for byte. */
class DocumentRedactorTest {

    private static final RedactionPolicy POLICY = new RedactionPolicy(RedactionSettings.all());
    private static final RedactionRules RULES = new RedactionRules(POLICY, true, false);
    private static final String CARD = "4111 1111 1111 1111";

    private static String request(String json) throws DocumentRedactor.NotJson {
        return new String(RULES.requests(RedactionListener.NONE).redact(json.getBytes(UTF_8), Place.REQUEST), UTF_8);
    }

    private static String reply(String json) throws DocumentRedactor.NotJson {
        return new String(RULES.documents(RedactionListener.NONE).redact(json.getBytes(UTF_8), Place.REPLY), UTF_8);
    }

    @Nested
    class In_a_block {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'type':'text','text':'CARD'}",
                    "{'type':'document','source':{'type':'text','media_type':'text/plain','data':'CARD'}}",
                    "{'type':'document','source':{'data':'CARD','type':'text'}}",
                    "{'type':'document','source':{'data':'CARD'}}",
                    "{'type':'document','source':{'type':'base64','type':'text','data':'CARD'}}",
                    "{'type':'document','source':{'type':'base64','data':['CARD']}}",
                    "{'type':'document','title':'CARD','source':{'type':'base64','data':'aGk='}}",
                    "{'type':'document','source':{'type':'content','content':[{'type':'text','text':'CARD'}]}}",
                    "{'type':'web_fetch_tool_result','content':{'type':'web_fetch_result','content':{'type':'document','source':{'type':'text','data':'CARD'}}}}",
                    "{'type':'code_execution_tool_result','content':{'type':'code_execution_result','stdout':'CARD'}}",
                    "{'type':'tool_result','tool_use_id':'t','content':{'data':'CARD','name':'x'}}",
                    "{'type':'text','text':'a','citations':[{'type':'char_location','cited_text':'CARD'}]}",
                    "{'type':'new_block','data':'CARD'}",
                    "{'type':'new_block','id':{'name':'CARD'}}",
                    "{'type':'new_block','signature':'CARD'}",
                    "{'type':'new_block','CARD':1}",
                    "{'type':'new_block','thinking':'CARD'}",
                    "{'type':'redacted_thinking','data':{'text':'CARD'}}",
                    "{'type':'CARD'}",
                    "{'type':'text','text':'4111\\u00201111\\u00201111\\u00201111'}",
                    "{'type':'compaction','content':'CARD','encrypted_content':'x'}"
                })
        void text_is_redacted_wherever_it_is(String block) throws Exception {
            String json = block.replace('\'', '"').replace("CARD", CARD);

            assertThat(reply("{\"content\":[" + json + "]}"))
                    .contains("[REDACTED]")
                    .doesNotContain("1111");
            assertThat(request("{\"messages\":[{\"role\":\"user\",\"content\":[" + json + "]}]}"))
                    .contains("[REDACTED]")
                    .doesNotContain("1111");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'type':'thinking','thinking':'CARD','signature':'CARD'}",
                    "{'thinking':'CARD','signature':'CARD','type':'thinking'}",
                    "{'type':'redacted_thinking','data':'CARD'}",
                    "{'type':'image','source':{'type':'url','url':'https://a.example/CARD.png'}}",
                    "{'type':'document','source':{'type':'url','url':'https://a.example/CARD'}}",
                    "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'CARD'}}",
                    "{'type':'image','source':{'media_type':'image/png','data':'CARD','type':'base64'}}",
                    "{'type':'document','source':{'type':'file','file_id':'CARD'}}",
                    "{'type':'tool_result','tool_use_id':'CARD','content':'a'}",
                    "{'type':'web_search_tool_result','tool_use_id':'CARD','content':[{'type':'web_search_result','encrypted_content':'CARD'}]}"
                })
        void what_others_rely_on_stays(String block) throws Exception {
            String json = block.replace('\'', '"').replace("CARD", CARD);

            assertThat(reply("{\"content\":[" + json + "]}")).isEqualTo("{\"content\":[" + json + "]}");
            assertThat(request("{\"messages\":[{\"content\":[" + json + "]}]}"))
                    .isEqualTo("{\"messages\":[{\"content\":[" + json + "]}]}");
        }

        @Test
        void a_tools_input_stays_in_a_reply_and_is_text_in_a_request() throws Exception {
            String block =
                    "{\"content\":[{\"input\":{\"a\":[\"" + CARD + "\",4111111111111111]},\"type\":\"tool_use\"}]}";

            assertThat(reply(block)).isEqualTo(block);
            assertThat(request("{\"messages\":[" + block + "]}"))
                    .isEqualTo("{\"messages\":[{\"content\":[{\"input\":{\"a\":[\"[REDACTED]\",\"[REDACTED]\"]},"
                            + "\"type\":\"tool_use\"}]}]}");
        }
    }

    @Nested
    class In_a_request {

        @Test
        void all_but_ids_names_and_credentials_is_text() throws Exception {
            String plain = """
                    {"model":"m","system":"CARD","metadata":{"user_id":"CARD"},
                     "tools":[{"name":"t","description":"CARD","input_schema":{"enum":["CARD"]}}],
                     "mcp_servers":[{"type":"url","name":"n","url":"https://a/CARD","authorization_token":"CARD"}],
                     "messages":[{"role":"user","content":"CARD"}],"new":[[{"data":"CARD"}]]}""".replace("CARD", CARD);

            JsonNode redacted = new ObjectMapper().readTree(request(plain));

            assertThat(redacted.at("/mcp_servers/0/authorization_token").asText())
                    .isEqualTo(CARD);
            assertThat(redacted.at("/mcp_servers/0/url").asText()).contains(CARD);
            assertThat(redacted.toString().split("\\[REDACTED\\]", -1)).hasSize(7);
        }

        @Test
        void thinking_can_be_dropped_whole() throws Exception {
            DocumentRedactor redactor = new RedactionRules(POLICY, true, true).requests(RedactionListener.NONE);
            String thought = "{\"type\":\"thinking\",\"thinking\":\"a\",\"signature\":\"b\"}";
            String text = "{\"type\":\"text\",\"text\":\"c\"}";

            for (String blocks : List.of(
                    thought + "," + text,
                    text + " , " + thought,
                    thought + "," + thought + "," + text,
                    text + "," + thought + "," + text,
                    thought,
                    thought + " , " + thought)) {
                String json = "{\"messages\":[{\"content\":[" + blocks + "]}]}";
                JsonNode left = new ObjectMapper()
                        .readTree(redactor.redact(json.getBytes(UTF_8), Place.REQUEST))
                        .at("/messages/0/content");

                assertThat(left.findValuesAsText("thinking")).as(json).isEmpty();
                assertThat(left).as(json).hasSize(blocks.split("\"c\"", -1).length - 1);
            }
        }

        @Test
        void a_batch_is_as_many_requests() throws Exception {
            String batch = "{\"requests\":[{\"custom_id\":\"" + CARD + "\",\"params\":{\"messages\":[{\"content\":\""
                    + CARD + "\"}]}}]}";

            assertThat(new String(
                            RULES.requests(RedactionListener.NONE).redact(batch.getBytes(UTF_8), Place.BATCH), UTF_8))
                    .isEqualTo(batch.replace("content\":\"" + CARD, "content\":\"[REDACTED]"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{",
                    "{\"a\"}",
                    "{\"a\":}",
                    "{\"a\":1,}",
                    "[1,]",
                    "[1 2]",
                    "{} {}",
                    "{\"a\":\"b}",
                    "{\"a\":\"\\",
                    "4111 1111",
                    "nul",
                    "{1:2}",
                    "{\"a\":4111x}",
                    "\u0000{}"
                })
        void what_is_no_json_is_refused(String json) {
            assertThatThrownBy(() -> request(json)).isInstanceOf(DocumentRedactor.NotJson.class);
        }

        @Test
        void that_is_nested_too_deep_is_refused() {
            assertThatThrownBy(() -> request("[".repeat(300) + "]".repeat(300)))
                    .isInstanceOf(DocumentRedactor.NotJson.class)
                    .hasMessageContaining("nested deeper than 200");
        }
    }

    @Nested
    class Bytes {

        @Test
        void that_are_not_replaced_stay() throws Exception {
            String json =
                    "\ufeff{ \"n\" : [1.50, -0, 1E5,\n\"a\\/b \\u00e9 é \\ud83d \ud83d\ude00\", true,null] ,\"messages\":[]}";

            assertThat(request(json)).isEqualTo(json);
        }

        @Test
        void around_a_match_keep_their_meaning() throws Exception {
            String json = "{\"system\":\"a\\\"b\\\\c\\n\\u0001é\ud83d\ude00\\ud83d " + CARD + " \\u00e9\"}";

            assertThat(new ObjectMapper().readTree(request(json)).path("system").asText())
                    .isEqualTo("a\"b\\c\n\u0001é\ud83d\ude00\ud83d [REDACTED] é");
        }

        @Test
        void that_are_escaped_are_escaped_in_the_short_way_again() throws Exception {
            assertThat(request("{\"system\":\"" + CARD + "\\n\\t\\r\\b\\f\\u0001\"}"))
                    .isEqualTo("{\"system\":\"[REDACTED]\\n\\t\\r\\b\\f\\u0001\"}");
        }

        @Test
        void of_a_document_with_nothing_in_it_are_the_very_same_array() throws Exception {
            byte[] json = "{\"messages\":[{\"content\":\"hello\"}]}".getBytes(UTF_8);

            assertThat(RULES.requests(RedactionListener.NONE).redact(json, Place.REQUEST))
                    .isSameAs(json);
        }

        @Test
        void of_no_document_are_redacted_as_one_text() {
            byte[] html = ("<p>" + CARD + "</p>").getBytes(UTF_8);

            assertThat(RULES.documents(RedactionListener.NONE).redacted(html, Place.ERROR))
                    .asString(UTF_8)
                    .isEqualTo("<p>[REDACTED]</p>");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4111111111111111,[REDACTED]",
        "4111111111111112,",
        "460536300,",
        "1704067200000000,",
        "0.4111111111111111,"
    })
    void a_number_stays_a_number_unless_it_is_a_card(String number, String replaced) throws Exception {
        String json = "{\"new\":" + number + "}";

        assertThat(request(json)).isEqualTo(replaced == null ? json : "{\"new\":\"" + replaced + "\"}");
    }

    @Test
    void every_match_is_told_once() throws Exception {
        List<String> told = new ArrayList<>();

        RULES.requests(told::add)
                .redact(
                        ("{\"a\":\"" + CARD + " " + CARD + "\",\"b\":4111111111111111}").getBytes(UTF_8),
                        Place.REQUEST);

        assertThat(told).containsExactly("card", "card", "card");
    }

    @Test
    void a_text_says_in_a_document_what_it_says_alone() throws Exception {
        Random random = new Random(21);
        ObjectMapper mapper = new ObjectMapper();
        for (String text : RedactStreamTest.texts(21)) {
            String long_ = random.nextInt(5) == 0 ? text.repeat(200) : text;
            byte[] json = mapper.writeValueAsBytes(mapper.createObjectNode().put("system", long_));

            String redacted = mapper.readTree(
                            RULES.requests(RedactionListener.NONE).redact(json, Place.REQUEST))
                    .path("system")
                    .asText();

            String said = mapper.readTree(json).path("system").asText();
            assertThat(redacted).isEqualTo(POLICY.redactor().redact(said));
        }
    }
}
