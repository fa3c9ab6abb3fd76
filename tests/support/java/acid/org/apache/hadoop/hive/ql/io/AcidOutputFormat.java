package org.apache.hadoop.hive.ql.io;

/** See {@link AcidInputFormat}. */
public interface AcidOutputFormat {}
