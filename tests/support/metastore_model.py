"""A metastore as plain Python data: what is stored, with its NULLs and oddities, before any canonical form.

None means SQL NULL everywhere. Two storage descriptors whose `columns` are the same list object share one
column descriptor in the database; equal but distinct lists get two.
"""

from dataclasses import dataclass, field
from typing import Optional

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
# What Hive's own path escaping turns into %XX. Space, '+', '&', '<', '>', '|', '~', '!', ',', ';', '@', '$', '}'
# and everything beyond ASCII stay as they are.
_ESCAPED = set('"#%\'*/:=?\\{[]^') | {chr(code) for code in range(0x20)} | {"\x7f"}


def escape_path_name(text):
    if not text:
        return DEFAULT_PARTITION
    return "".join(f"%{ord(char):02X}" if char in _ESCAPED else char for char in text)


def part_name(keys, values):
    """The PARTITIONS.PART_NAME that a metastore computes from key names and raw values."""
    return "/".join(f"{escape_path_name(key.lower())}={escape_path_name(value)}" for key, value in zip(keys, values))


@dataclass
class Column:
    name: str
    type: str
    comment: Optional[str] = None


@dataclass
class Serde:
    slib: Optional[str] = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    params: dict = field(default_factory=dict)
    name: Optional[str] = None
    description: Optional[str] = None
    serializer: Optional[str] = None
    deserializer: Optional[str] = None
    serde_type: Optional[int] = None


@dataclass
class Skewed:
    names: list = field(default_factory=list)
    values: list = field(default_factory=list)  # lists of strings, in order
    locations: list = field(default_factory=list)  # (list of strings, location) pairs
    share_lists: bool = False  # the location map points at the very lists of `values`


@dataclass
class StorageDescriptor:
    columns: list = field(default_factory=list)
    location: Optional[str] = None
    input_format: Optional[str] = "org.apache.hadoop.mapred.TextInputFormat"
    output_format: Optional[str] = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    compressed: bool = False
    sub_directories: bool = False
    buckets: int = -1
    bucket_columns: list = field(default_factory=list)
    sort_columns: list = field(default_factory=list)  # (column, 1 ascending or 0 descending)
    serde: Serde = field(default_factory=Serde)
    params: dict = field(default_factory=dict)
    skewed: Skewed = field(default_factory=Skewed)


@dataclass
class Privilege:
    privilege: str
    principal: Optional[str]
    principal_type: Optional[str] = "USER"
    grantor: Optional[str] = "hive"
    grantor_type: Optional[str] = "USER"
    grant_option: bool = False
    create_time: int = 1600000000
    authorizer: Optional[str] = "SQL"
    column: Optional[str] = None  # a grant on one column


@dataclass
class ColumnStatistics:
    """`values` are columns of TAB_COL_STATS / PART_COL_STATS; what is missing is NULL."""

    column: str
    type: str
    values: dict
    last_analyzed: int = 1650000000
    engine: str = "hive"


PRIMARY_KEY, FOREIGN_KEY, UNIQUE, NOT_NULL, DEFAULT, CHECK = range(6)


@dataclass
class Constraint:
    kind: int
    name: str
    columns: list
    enable: bool = False
    validate: bool = False
    rely: bool = False
    value: Optional[str] = None  # DEFAULT and CHECK
    parent: Optional[tuple] = None  # FOREIGN_KEY: database, table, columns
    update_rule: Optional[int] = None
    delete_rule: Optional[int] = None


@dataclass
class CreationMetadata:
    tables_used: list  # (database, table, inserted, updated, deleted)
    txn_list: Optional[str] = None
    materialization_time: int = 0


@dataclass
class Partition:
    values: list
    sd: Optional[StorageDescriptor]
    params: dict = field(default_factory=dict)
    create_time: int = 0
    last_access_time: int = 0
    write_id: Optional[int] = 0
    name: Optional[str] = None  # when it is not what today's Hive would compute
    privileges: list = field(default_factory=list)
    statistics: list = field(default_factory=list)


@dataclass
class Table:
    name: str
    sd: Optional[StorageDescriptor]
    type: Optional[str] = "MANAGED_TABLE"
    owner: Optional[str] = "hive"
    owner_type: Optional[str] = "USER"
    create_time: int = 0
    last_access_time: int = 0
    retention: int = 0
    params: dict = field(default_factory=dict)
    partition_keys: list = field(default_factory=list)
    partitions: list = field(default_factory=list)
    view_original_text: Optional[str] = None
    view_expanded_text: Optional[str] = None
    rewrite_enabled: bool = False
    write_id: Optional[int] = 0
    privileges: list = field(default_factory=list)
    statistics: list = field(default_factory=list)
    constraints: list = field(default_factory=list)
    creation_metadata: Optional[CreationMetadata] = None

    def partition_name(self, partition):
        if partition.name is not None:
            return partition.name
        return part_name([key.name for key in self.partition_keys], partition.values)


@dataclass
class Function:
    name: str
    class_name: Optional[str]
    owner: Optional[str] = "hive"
    owner_type: Optional[str] = "USER"
    create_time: int = 0
    resources: list = field(default_factory=list)  # (1 JAR, 2 FILE or 3 ARCHIVE, uri)


@dataclass
class Database:
    name: str
    location: str
    description: Optional[str] = None
    owner: Optional[str] = "hive"
    owner_type: Optional[str] = "USER"
    params: dict = field(default_factory=dict)
    catalog: str = "hive"
    create_time: Optional[int] = None
    managed_location: Optional[str] = None
    type: str = "NATIVE"
    connector: Optional[str] = None
    remote_name: Optional[str] = None
    functions: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    privileges: list = field(default_factory=list)
