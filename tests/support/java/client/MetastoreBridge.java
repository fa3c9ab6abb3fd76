import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hive.metastore.security.HadoopThriftAuthBridge;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.thrift.TBase;
import org.apache.thrift.TEnum;
import org.apache.thrift.TFieldIdEnum;
import org.apache.thrift.TServiceClient;
import org.apache.thrift.meta_data.EnumMetaData;
import org.apache.thrift.meta_data.FieldMetaData;
import org.apache.thrift.meta_data.FieldValueMetaData;
import org.apache.thrift.meta_data.ListMetaData;
import org.apache.thrift.meta_data.MapMetaData;
import org.apache.thrift.meta_data.SetMetaData;
import org.apache.thrift.meta_data.StructMetaData;
import org.apache.thrift.protocol.TBinaryProtocol;
import org.apache.thrift.protocol.TType;
import org.apache.thrift.transport.TSocket;
import org.apache.thrift.transport.TTransport;

/**
 * Speaks JSON on standard input and output and Thrift to a metastore, by the classes that Hive generated from its own interface file:
 * the file itself is in none of the published archives. Each request line is [method, argument...], each answer line
 * {"result": ...} or {"exception": class, "message": text}. Structs are objects of their set fields, enums their names, binary is base64;
 * a map whose keys are not strings has their JSON text as keys.
 */
@SuppressWarnings({"unchecked", "rawtypes"})
public final class MetastoreBridge extends TServiceClient {
  private static final String PACKAGE = "org.apache.hadoop.hive.metastore.api.";
  private static final String SERVICE = PACKAGE + "ThriftHiveMetastore$";
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().serializeNulls().serializeSpecialFloatingPointValues().create();

  private MetastoreBridge(TBinaryProtocol protocol) {
    super(protocol);
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream answers = new PrintStream(System.out, true, "UTF-8");
    System.setOut(System.err);
    TTransport transport = new TSocket("127.0.0.1", Integer.parseInt(arguments[0]), 300_000);
    if (arguments.length > 1) {
      transport = withKerberos(transport, arguments[1], arguments[2], arguments[3]);
    }
    transport.open();
    MetastoreBridge bridge = new MetastoreBridge(new TBinaryProtocol(transport));
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(GSON.toJson(bridge.answer(new JsonParser().parse(line).getAsJsonArray())));
    }
  }

  /** Logs in as Hive's own client does, with what core-site.xml says of Kerberos and of the protection that is asked for. */
  private static TTransport withKerberos(TTransport inner, String service, String client, String keytab) throws Exception {
    Configuration conf = new Configuration();
    UserGroupInformation.setConfiguration(conf);
    UserGroupInformation.loginUserFromKeytab(client, keytab);
    HadoopThriftAuthBridge bridge = HadoopThriftAuthBridge.getBridge();
    return bridge.createClientWithConf("kerberos")
        .createClientTransport(service, "localhost", "KERBEROS", null, inner, bridge.getHadoopSaslProperties(conf));
  }

  private JsonObject answer(JsonArray request) {
    JsonObject answer = new JsonObject();
    try {
      answer.add("result", call(request));
    } catch (Exception e) {
      answer.addProperty("exception", e.getClass().getSimpleName());
      answer.addProperty("message", String.valueOf(e.getMessage()));
    }
    return answer;
  }

  private JsonElement call(JsonArray request) throws Exception {
    String method = request.get(0).getAsString();
    TBase call = (TBase) Class.forName(SERVICE + method + "_args").getDeclaredConstructor().newInstance();
    int position = 1;
    for (Map.Entry<? extends TFieldIdEnum, FieldMetaData> field : fields(call.getClass()).entrySet()) {
      if (position < request.size() && !request.get(position).isJsonNull()) {
        call.setFieldValue(field.getKey(), fromJson(request.get(position), field.getValue().valueMetaData));
      }
      position++;
    }
    TBase result = (TBase) Class.forName(SERVICE + method + "_result").getDeclaredConstructor().newInstance();
    sendBase(method, call);
    receiveBase(result, method);
    JsonElement success = JsonNull.INSTANCE;
    for (TFieldIdEnum field : fields(result.getClass()).keySet()) {
      if (!result.isSet(field)) {
        continue;
      }
      Object value = result.getFieldValue(field);
      if (value instanceof Exception) {
        throw (Exception) value;
      }
      success = toJson(value);
    }
    return success;
  }

  private static Map<? extends TFieldIdEnum, FieldMetaData> fields(Class struct) {
    return FieldMetaData.getStructMetaDataMap(struct);
  }

  private static JsonElement toJson(Object value) {
    if (value instanceof TBase) {
      JsonObject object = new JsonObject();
      TBase struct = (TBase) value;
      for (TFieldIdEnum field : fields(struct.getClass()).keySet()) {
        if (struct.isSet(field)) {
          object.add(field.getFieldName(), toJson(struct.getFieldValue(field)));
        }
      }
      return object;
    }
    if (value instanceof Map) {
      JsonObject object = new JsonObject();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        Object key = entry.getKey();
        object.add(key instanceof String ? (String) key : GSON.toJson(toJson(key)), toJson(entry.getValue()));
      }
      return object;
    }
    if (value instanceof Collection) {
      JsonArray array = new JsonArray();
      for (Object element : (Collection<?>) value) {
        array.add(toJson(element));
      }
      return array;
    }
    if (value instanceof ByteBuffer) {
      ByteBuffer buffer = ((ByteBuffer) value).duplicate();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return toJson(bytes);
    }
    if (value instanceof byte[]) {
      return new JsonPrimitive(Base64.getEncoder().encodeToString((byte[]) value));
    }
    return value instanceof TEnum ? new JsonPrimitive(value.toString()) : GSON.toJsonTree(value);
  }

  private static Object fromJson(JsonElement json, FieldValueMetaData type) throws Exception {
    switch (type.type) {
      case TType.STRUCT:
        return structFromJson(json.getAsJsonObject(), structClass(type));
      case TType.LIST:
        return addAll(new ArrayList<>(), json.getAsJsonArray(), ((ListMetaData) type).elemMetaData);
      case TType.SET:
        return addAll(new HashSet<>(), json.getAsJsonArray(), ((SetMetaData) type).elemMetaData);
      case TType.MAP:
        return mapFromJson(json.getAsJsonObject(), (MapMetaData) type);
      case TType.ENUM:
        return Enum.valueOf((Class) ((EnumMetaData) type).enumClass, json.getAsString());
      case TType.BOOL:
        return json.getAsBoolean();
      case TType.BYTE:
        return json.getAsByte();
      case TType.I16:
        return json.getAsShort();
      case TType.I32:
        return json.getAsInt();
      case TType.I64:
        return json.getAsLong();
      case TType.DOUBLE:
        return json.getAsDouble();
      default:
        return type.isBinary() ? ByteBuffer.wrap(Base64.getDecoder().decode(json.getAsString())) : json.getAsString();
    }
  }

  /** Hive's interface file uses some structs before it defines them; of those the generated code knows only the name. */
  private static Class structClass(FieldValueMetaData type) throws ClassNotFoundException {
    return type instanceof StructMetaData ? ((StructMetaData) type).structClass : Class.forName(PACKAGE + type.getTypedefName());
  }

  private static Object structFromJson(JsonObject json, Class struct) throws Exception {
    TBase result = (TBase) struct.getDeclaredConstructor().newInstance();
    Map<? extends TFieldIdEnum, FieldMetaData> known = fields(struct);
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      Iterator<? extends Map.Entry<? extends TFieldIdEnum, FieldMetaData>> search = known.entrySet().iterator();
      Map.Entry<? extends TFieldIdEnum, FieldMetaData> field = null;
      while (search.hasNext() && (field == null || !field.getKey().getFieldName().equals(entry.getKey()))) {
        field = search.next();
      }
      if (field == null || !field.getKey().getFieldName().equals(entry.getKey())) {
        throw new IllegalArgumentException(struct.getSimpleName() + " has no field " + entry.getKey());
      }
      // null takes back a default that the generated constructor has put in
      result.setFieldValue(field.getKey(), entry.getValue().isJsonNull() ? null : fromJson(entry.getValue(), field.getValue().valueMetaData));
    }
    return result;
  }

  private static Collection<Object> addAll(Collection<Object> target, JsonArray json, FieldValueMetaData type) throws Exception {
    for (JsonElement element : json) {
      target.add(fromJson(element, type));
    }
    return target;
  }

  private static Map<Object, Object> mapFromJson(JsonObject json, MapMetaData type) throws Exception {
    Map<Object, Object> map = new HashMap<>();
    for (Map.Entry<String, JsonElement> entry : json.entrySet()) {
      boolean plain = type.keyMetaData.type == TType.STRING;
      JsonElement key = plain ? new JsonPrimitive(entry.getKey()) : new JsonParser().parse(entry.getKey());
      map.put(fromJson(key, type.keyMetaData), fromJson(entry.getValue(), type.valueMetaData));
    }
    return map;
  }
}
