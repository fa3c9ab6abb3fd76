import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.thrift.TBase;
import org.apache.thrift.TEnum;
import org.apache.thrift.TFieldIdEnum;
import org.apache.thrift.meta_data.EnumMetaData;
import org.apache.thrift.meta_data.FieldMetaData;
import org.apache.thrift.meta_data.FieldValueMetaData;
import org.apache.thrift.meta_data.ListMetaData;
import org.apache.thrift.meta_data.MapMetaData;
import org.apache.thrift.meta_data.SetMetaData;
import org.apache.thrift.meta_data.StructMetaData;
import org.apache.thrift.protocol.TType;

/**
 * Prints what Hive's generated Thrift classes say on the wire. The interface file they were made from is in none of
 * the published archives, but the classes carry the ids, types and requiredness of their fields with them.
 *
 * Usage: java -cp CLASSPATH ReadHiveClasses.java JAR. One line each, parted by blanks:
 *   struct NAME ID FIELD TYPE required|optional|default
 *   enum NAME NUMBER VALUE
 *   argument METHOD ID NAME TYPE
 *   result METHOD ID TYPE            (id 0: what it returns; else an exception)
 */
@SuppressWarnings({"unchecked", "rawtypes"})
public final class ReadHiveClasses {
  private static final String PACKAGE = "org.apache.hadoop.hive.metastore.api.";
  private static final String SERVICE = PACKAGE + "ThriftHiveMetastore$";
  // The service is derived from this one, which has methods of its own.
  private static final String BASE_SERVICE = "com.facebook.fb303.FacebookService$";
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  public static void main(String[] arguments) throws Exception {
    TreeSet<String> names = new TreeSet<>();
    try (JarFile jar = new JarFile(arguments[0])) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName().replace('/', '.');
        if (name.startsWith(PACKAGE) && name.endsWith(".class")) {
          names.add(name.substring(0, name.length() - ".class".length()));
        }
      }
    }
    names.add(BASE_SERVICE + "getVersion_args");
    for (String name : names) {
      if (name.endsWith("_args")) {
        printMethod(name.substring(0, name.length() - "_args".length()));
      } else if (!name.contains("$")) {
        printType(Class.forName(name));
      }
    }
  }

  private static void printMethod(String prefix) throws Exception {
    String method = prefix.substring(prefix.indexOf('$') + 1);
    for (FieldLine field : fields(Class.forName(prefix + "_args"))) {
      OUT.println("argument " + method + " " + field.id + " " + field.name + " " + field.type);
    }
    for (FieldLine field : fields(Class.forName(prefix + "_result"))) {
      OUT.println("result " + method + " " + field.id + " " + field.type);
    }
    OUT.println("method " + method);
  }

  private static void printType(Class type) throws Exception {
    if (TEnum.class.isAssignableFrom(type) && type.isEnum()) {
      for (Object value : type.getEnumConstants()) {
        OUT.println("enum " + type.getSimpleName() + " " + ((TEnum) value).getValue() + " " + value);
      }
    } else if (TBase.class.isAssignableFrom(type)) {
      for (FieldLine field : fields(type)) {
        OUT.println("struct " + type.getSimpleName() + " " + field.id + " " + field.name + " " + field.type + " " + field.requiredness);
      }
    }
  }

  private static final class FieldLine {
    short id;
    String name;
    String type;
    String requiredness;
  }

  private static Iterable<FieldLine> fields(Class struct) throws Exception {
    Class.forName(struct.getName(), true, struct.getClassLoader());  // its metadata is made when it is initialised
    TreeMap<Short, FieldLine> lines = new TreeMap<>();
    Map<? extends TFieldIdEnum, FieldMetaData> known = FieldMetaData.getStructMetaDataMap(struct);
    for (Map.Entry<? extends TFieldIdEnum, FieldMetaData> entry : known.entrySet()) {
      FieldLine line = new FieldLine();
      line.id = entry.getKey().getThriftFieldId();
      line.name = entry.getKey().getFieldName();
      line.type = typeName(entry.getValue().valueMetaData);
      if (line.type == null) {
        // Old classes say of an exception only that it is a struct.
        line.type = struct.getDeclaredField(line.name).getType().getSimpleName();
      }
      line.requiredness = requiredness(entry.getValue().requirementType);
      lines.put(line.id, line);
    }
    return lines.values();
  }

  private static String requiredness(byte type) {
    return type == 1 ? "required" : type == 2 ? "optional" : "default";
  }

  private static String typeName(FieldValueMetaData type) {
    if (type instanceof ListMetaData) {
      return "list<" + typeName(((ListMetaData) type).elemMetaData) + ">";
    }
    if (type instanceof SetMetaData) {
      return "set<" + typeName(((SetMetaData) type).elemMetaData) + ">";
    }
    if (type instanceof MapMetaData) {
      MapMetaData map = (MapMetaData) type;
      return "map<" + typeName(map.keyMetaData) + "," + typeName(map.valueMetaData) + ">";
    }
    if (type instanceof EnumMetaData) {
      return ((EnumMetaData) type).enumClass.getSimpleName();
    }
    if (type instanceof StructMetaData) {
      return ((StructMetaData) type).structClass.getSimpleName();
    }
    switch (type.type) {
      case TType.BOOL:
        return "bool";
      case TType.BYTE:
        return "i8";
      case TType.I16:
        return "i16";
      case TType.I32:
        return "i32";
      case TType.I64:
        return "i64";
      case TType.DOUBLE:
        return "double";
      case TType.STRING:
        return type.isBinary() ? "binary" : "string";
      default:
        // A struct that was used before it was defined: only its name is known.
        return type.getTypedefName();
    }
  }
}
