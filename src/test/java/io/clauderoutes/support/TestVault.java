package io.clauderoutes.support;

import org.apache.camel.spi.PropertiesFunction;

/** {@code {{test-vault:claude}}}, found by Camel as the functions of real vaults are. */
public final class TestVault implements PropertiesFunction {

    @Override
    public String getName() {
        return "test-vault";
    }

    @Override
    public String apply(String remainder) {
        return remainder.equals("claude") ? "sk-ant-from-the-vault" : null;
    }
}
