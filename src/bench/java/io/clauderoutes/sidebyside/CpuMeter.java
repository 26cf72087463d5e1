package io.clauderoutes.sidebyside;

/** Processor time of the parties while one cell is measured. */
final class CpuMeter implements Phases {

    private final ProcessCost contender;
    private final ProcessCost client;
    private final ProcessCost upstream;
    private Result.Cpu begun = new Result.Cpu(0, 0, 0);
    private Result.Cpu ended = new Result.Cpu(0, 0, 0);

    CpuMeter(ProcessCost contender, ProcessCost client, ProcessCost upstream) {
        this.contender = contender;
        this.client = client;
        this.upstream = upstream;
    }

    @Override
    public void begin() {
        begun = now();
    }

    @Override
    public void end() {
        ended = now();
    }

    private Result.Cpu now() {
        return new Result.Cpu(contender.cpuNanos(), client.cpuNanos(), upstream.cpuNanos());
    }

    Result.Cpu spent() {
        return new Result.Cpu(
                ended.contender() - begun.contender(),
                ended.client() - begun.client(),
                ended.upstream() - begun.upstream());
    }
}
