package io.clauderoutes.p99;

import java.util.Arrays;
import java.util.SplittableRandom;

/** The numbers of questions: 1, 2, 3 …, or drawn by Zipf's law with the exponent 1. */
final class Questions {

    private final double[] shares;
    private final SplittableRandom random;
    private long asked;

    /** @param different 0 if no question is asked twice */
    Questions(int different, SplittableRandom random) {
        this.shares = new double[different];
        this.random = random;
        double sum = 0;
        for (int i = 0; i < different; i++) {
            sum += 1.0 / (i + 1);
            shares[i] = sum;
        }
    }

    synchronized long next() {
        if (shares.length == 0) {
            return asked++;
        }
        int found = Arrays.binarySearch(shares, random.nextDouble() * shares[shares.length - 1]);
        return found < 0 ? -found - 1 : found;
    }
}
