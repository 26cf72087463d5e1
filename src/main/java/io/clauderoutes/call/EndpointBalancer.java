package io.clauderoutes.call;

import io.clauderoutes.call.endpoint.Endpoint;
import java.util.List;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Exchange;
import org.apache.camel.processor.loadbalancer.LoadBalancerSupport;

/** Camel's load balancer over the endpoints' routes, which Camel adds as processors in the order of the endpoints. */
final class EndpointBalancer extends LoadBalancerSupport {

    private final List<Endpoint> endpoints;
    private final CallLoop loop;
    private final EndpointCall call;

    EndpointBalancer(List<Endpoint> endpoints, CallLoop loop, EndpointCall call) {
        this.endpoints = List.copyOf(endpoints);
        this.loop = loop;
        this.call = call;
    }

    @Override
    public boolean process(Exchange exchange, AsyncCallback callback) {
        try {
            loop.run(exchange, this::call);
        } catch (Exception failure) {
            exchange.setException(failure);
        }
        callback.done(true);
        return true;
    }

    private CallOutcome call(Exchange exchange, Endpoint endpoint, CallTerms terms) {
        return call.make(exchange, endpoint, getProcessors().get(endpoints.indexOf(endpoint)), terms);
    }
}
