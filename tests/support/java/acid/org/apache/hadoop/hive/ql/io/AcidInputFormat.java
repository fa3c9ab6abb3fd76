package org.apache.hadoop.hive.ql.io;

/** The service only asks whether a transactional table's formats are of this kind; the real one is in hive-exec. */
public interface AcidInputFormat {}
