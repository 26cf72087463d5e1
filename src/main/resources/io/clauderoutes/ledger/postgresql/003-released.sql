-- What was reserved for an attempt that was given up is no longer counted when more was learnt of it.
CREATE OR REPLACE FUNCTION add_late_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.begun_hour < (SELECT max(below) FROM fold) THEN
        INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
            cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
        VALUES (NEW.begun_hour, NEW.subject, NEW.state, 1, (NEW.attempt = 1)::int, coalesce(NEW.input_tokens, 0),
            coalesce(NEW.output_tokens, 0), coalesce(NEW.cache_read_tokens, 0), coalesce(NEW.cache_write_5m_tokens, 0),
            coalesce(NEW.cache_write_1h_tokens, 0), coalesce(NEW.web_searches, 0), coalesce(NEW.cost_micro_usd, 0),
            (NEW.cost_micro_usd IS NOT NULL)::int);
        IF NEW.step = 3 THEN
            INSERT INTO hour_sum (hour, subject, state, attempts, calls, input_tokens, output_tokens, cache_read_tokens,
                cache_write_5m_tokens, cache_write_1h_tokens, web_searches, cost_micro_usd, with_cost)
            SELECT begun_hour, subject, state, -1, -(attempt = 1)::int, 0, 0, 0, 0, 0, 0, -coalesce(cost_micro_usd, 0),
                -(cost_micro_usd IS NOT NULL)::int
            FROM entry WHERE run = NEW.run AND number = NEW.number AND step = 2;
        END IF;
    END IF;
    RETURN NULL;
END $$;
