"""The Spark session of a script that HiveLab.run_spark started."""

import os

from pyspark.sql import SparkSession


def session():
    builder = SparkSession.builder.appName("metaferry-tests").enableHiveSupport()
    for line in os.environ["METAFERRY_SPARK_OPTIONS"].splitlines():
        key, _, value = line.partition("=")
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
