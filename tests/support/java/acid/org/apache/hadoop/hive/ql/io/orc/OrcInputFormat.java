package org.apache.hadoop.hive.ql.io.orc;

/** See {@link org.apache.hadoop.hive.ql.io.AcidInputFormat}. */
public class OrcInputFormat implements org.apache.hadoop.hive.ql.io.AcidInputFormat {}
