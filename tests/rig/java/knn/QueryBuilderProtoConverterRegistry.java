package org.opensearch.transport.grpc.spi;

/** Empty stand-in: the k-NN plugin names it, and no release of it is published. */
public interface QueryBuilderProtoConverterRegistry {}
