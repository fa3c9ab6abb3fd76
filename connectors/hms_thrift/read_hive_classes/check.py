#!/usr/bin/env python3
"""Compares hive_metastore.thrift with the classes that Hive generated from its own interface.

    check.py print JAR [CLASSPATH]               what the classes of one version say, as text
    check.py compare JAR[,CLASSPATH] ...         the interface with several versions; exit 1 when they disagree

CLASSPATH is what the jar needs besides itself (libthrift, fb303); by default the jars in its folder. Needs java and
the Thrift compiler.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
INTERFACE = HERE.parent / "hive_metastore.thrift"
# Numbers in 2.x, bytes since: the same on the wire.
SAME_ON_THE_WIRE = {("string", "binary"), ("binary", "string")}


class Interface:
    """Structs {name: {id: (name, type, requiredness)}}, enums {name: {number: value}} and methods {name: (arguments, results)}."""

    def __init__(self):
        self.structs, self.enums, self.methods = {}, {}, {}

    def method(self, name):
        return self.methods.setdefault(name, ({}, {}))


def printed_by_classes(jar, classpath):
    command = ["java", "-cp", f"{jar}:{classpath}", str(HERE / "ReadHiveClasses.java"), str(jar)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def of_classes(jar, classpath):
    interface = Interface()
    for line in printed_by_classes(jar, classpath).splitlines():
        kind, owner, *words = line.split()
        if kind == "struct":
            number, *field = words
            interface.structs.setdefault(owner, {})[int(number)] = tuple(field)
        elif kind == "enum":
            interface.enums.setdefault(owner, {})[int(words[0])] = words[1]
        elif kind == "argument":
            interface.method(owner)[0][int(words[0])] = tuple(words[1:])
        elif kind == "result":
            interface.method(owner)[1][int(words[0])] = words[1]
        else:
            interface.method(owner)
    return interface


def of_file(path):
    # As XML, for the compiler's JSON calls every enum a number.
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["thrift", "--gen", "xml", "-out", folder, str(path)], check=True)
        document = ElementTree.parse(Path(folder) / f"{path.stem}.xml").getroot().find("{*}document")
    interface = Interface()
    for enum in document.iterfind("{*}enum"):
        interface.enums[enum.get("name")] = {int(member.get("value")): member.get("name") for member in enum}
    for struct in document.iterfind("{*}struct"):
        interface.structs[struct.get("name")] = {
            int(field.get("field-id")): (field.get("name"), type_name(field), field.get("required", "default")) for field in struct}
    for method in document.iterfind("{*}service/{*}method"):
        arguments, results = interface.method(method.get("name"))
        for field in method.iterfind("{*}arg"):
            arguments[int(field.get("field-id"))] = (field.get("name"), type_name(field))
        for field in method.iterfind("{*}throws"):
            results[int(field.get("field-id"))] = type_name(field)
        returned = type_name(method.find("{*}returns"))
        if returned != "void":
            results[0] = returned
    return interface


def type_name(element):
    kind = element.get("type")
    inner = [type_name(child) for child in element]
    if kind == "id":
        return element.get("type-id")
    return f"{kind}<{','.join(inner)}>" if inner else kind


def same(ours, theirs):
    return ours == theirs or (ours, theirs) in SAME_ON_THE_WIRE


def compare_struct(name, ours, versions, complain):
    """`versions` are the forms of those versions that have the struct."""
    for number, (field, kind, required) in ours.items():
        having = [fields[number] for fields in versions if number in fields]
        if not having:
            complain(f"{name}.{field}: no version has a field {number}")
        for their_name, their_kind, _ in having:
            if their_name != field or not same(kind, their_kind):
                complain(f"{name} {number}: {kind} {field} here, {their_kind} {their_name} in Hive")
        strict = {their_required for _, _, their_required in having}
        if "required" in strict and len(having) == len(versions) and len(strict) == 1 and required != "required":
            complain(f"{name}.{field}: Hive requires it")
        if len(having) < len(versions) and required != "optional":
            complain(f"{name}.{field}: a version lacks it, so it must be optional")
        if required == "required" and strict != {"required"}:
            complain(f"{name}.{field}: required here only")
        if required == "default" and "optional" in strict:
            complain(f"{name}.{field}: optional in Hive")
    for number in set().union(*versions) - set(ours):
        complain(f"{name}: field {number} of Hive is missing here")


def compare_enum(name, ours, versions, complain):
    theirs = {}
    for values in versions:
        theirs.update(values)
    if ours != theirs:
        complain(f"enum {name}: {ours} here, {theirs} in Hive")


def compare_method(name, ours, versions, complain):
    """Exceptions may have changed their places: each has but a text in it."""
    for side, words in enumerate(("argument", "result")):
        for number, form in ours[side].items():
            having = [method[side][number] for method in versions if number in method[side]]
            if form not in having:
                complain(f"{name}: {words} {number} is {form} here, {having} in Hive")
            elif (side == 0 or number == 0) and len(set(having)) > 1:
                complain(f"{name}: {words} {number} differs between versions: {having}")
        for number in set().union(*(method[side] for method in versions)) - set(ours[side]):
            complain(f"{name}: {words} {number} of Hive is missing here")


def disagreements(ours, versions):
    found = []
    for kind, compare in (("structs", compare_struct), ("enums", compare_enum), ("methods", compare_method)):
        for name, form in getattr(ours, kind).items():
            having = [getattr(version, kind)[name] for version in versions if name in getattr(version, kind)]
            if having:
                compare(name, form, having, found.append)
            elif form:
                found.append(f"{name}: no version has it")
    return found


def main(arguments):
    if len(arguments) >= 2 and arguments[0] == "print":
        jar = Path(arguments[1])
        print(printed_by_classes(jar, arguments[2] if len(arguments) > 2 else f"{jar.parent}/*"), end="")
        return 0
    if len(arguments) < 2 or arguments[0] != "compare":
        print(__doc__, file=sys.stderr)
        return 2
    versions = []
    for argument in arguments[1:]:
        jar, _, classpath = argument.partition(",")
        versions.append(of_classes(jar, classpath or f"{Path(jar).parent}/*"))
    found = disagreements(of_file(INTERFACE), versions)
    print("\n".join(found) if found else f"{INTERFACE.name} agrees with {len(versions)} versions of Hive's classes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
