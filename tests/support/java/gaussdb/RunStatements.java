import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Logs in with the driver of the class path and runs statements, each with an empty text for every
 * question mark. Prints one line for each row, its cells parted by tabs, and one for each error.
 * Arguments: URL, user, password, statements.
 */
public final class RunStatements {
  public static void main(String[] arguments) {
    Logger.getLogger("").setLevel(Level.OFF);
    try (Connection connection =
        DriverManager.getConnection(arguments[0], arguments[1], arguments[2])) {
      System.out.println("logged in");
      for (int i = 3; i < arguments.length; ++i) run(connection, arguments[i]);
    } catch (SQLException error) {
      tell(error);
    }
  }

  private static void run(Connection connection, String sql) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int parameters = sql.length() - sql.replace("?", "").length();
      for (int i = 1; i <= parameters; ++i) statement.setString(i, "");
      if (!statement.execute()) return;
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) tell(rows);
      }
    } catch (SQLException error) {
      tell(error);
    }
  }

  private static void tell(ResultSet row) throws SQLException {
    StringBuilder line = new StringBuilder("row");
    for (int i = 1; i <= row.getMetaData().getColumnCount(); ++i) {
      String text = row.getString(i);
      line.append('\t').append(text == null ? "NULL" : text);
    }
    System.out.println(line);
  }

  private static void tell(SQLException error) {
    String text = error.getMessage() == null ? "" : error.getMessage().replaceAll("\\s+", " ");
    System.out.println("error\t" + error.getSQLState() + "\t" + text);
  }
}
