# The day of this version stands for the time of the build, so that two builds of one source agree.
# SOURCE_DATE_EPOCH, where set, is that time instead (reproducible-builds.org).
set(METAFERRY_EPOCH 1795219200)  # 2026-11-21
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(METAFERRY_EPOCH $ENV{SOURCE_DATE_EPOCH})
else()
  set(ENV{SOURCE_DATE_EPOCH} ${METAFERRY_EPOCH})
endif()
# This form of string() takes its time from the environment's SOURCE_DATE_EPOCH.
string(TIMESTAMP METAFERRY_DATE "%Y-%m-%d" UTC)
string(TIMESTAMP METAFERRY_CHANGELOG_TIME "%a, %d %b %Y %H:%M:%S +0000" UTC)
