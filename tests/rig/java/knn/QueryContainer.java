package org.opensearch.protobufs;

/** Empty stand-in: the k-NN plugin names it, and no release of it is published. */
public class QueryContainer {
    /** The one member that the plugin names. */
    public enum QueryContainerCase {
        KNN
    }
}
