-- What was reserved for an attempt that was given up is no longer counted when more was learnt of it.
DROP TRIGGER entry_is_late;
CREATE TRIGGER entry_is_late AFTER INSERT ON entry
WHEN NEW.step >= 2 AND NEW.begun_hour < (SELECT max(below) FROM fold)
BEGIN
    INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
        cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
    VALUES (NEW.begun_hour, NEW.subject, NEW.state, 1, NEW.attempt = 1, coalesce(NEW.input_tokens, 0),
        coalesce(NEW.output_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
        coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.web_searches, 0), coalesce(NEW.cost_micro_usd, 0),
        NEW.cost_micro_usd IS NOT NULL);
    INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
        cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
    SELECT begun_hour, subject, state, -1, -(attempt = 1), 0, 0, 0, 0, 0, 0, -coalesce(cost_micro_usd, 0),
        -(cost_micro_usd IS NOT NULL)
    FROM entry WHERE NEW.step = 3 AND run = NEW.run AND number = NEW.number AND step = 2;
END;
