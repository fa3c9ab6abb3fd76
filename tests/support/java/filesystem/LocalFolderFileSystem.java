import java.io.File;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Serves hdfs:, obs:, s3a: and other locations from a local folder. A metastore makes a directory for every database, table and
 * partition, so it needs a file system behind each location that a test gives it.
 * scheme://authority/path lives in FOLDER/scheme/authority/path, FOLDER being the setting metaferry.local.folder.
 */
public class LocalFolderFileSystem extends RawLocalFileSystem {
  private URI base = URI.create("hdfs://unset");
  private File folder;

  @Override
  public void initialize(URI name, Configuration configuration) throws IOException {
    super.initialize(name, configuration);
    String authority = name.getAuthority() == null ? "none" : name.getAuthority();
    base = URI.create(name.getScheme() + "://" + authority);
    folder = new File(new File(configuration.get("metaferry.local.folder"), name.getScheme()), authority);
    if (!folder.isDirectory() && !folder.mkdirs() && !folder.isDirectory()) {
      throw new IOException("cannot make " + folder);
    }
  }

  @Override
  public URI getUri() {
    return base;
  }

  @Override
  public String getScheme() {
    return base.getScheme();
  }

  @Override
  public Path getHomeDirectory() {
    return new Path(base + "/user/hive");
  }

  @Override
  public Path getWorkingDirectory() {
    return getHomeDirectory();
  }

  @Override
  protected Path getInitialWorkingDirectory() {
    return getHomeDirectory();
  }

  /** Every authority of the scheme is welcome: there is no server that could be the wrong one. */
  @Override
  protected void checkPath(Path path) {}

  @Override
  public File pathToFile(Path path) {
    return new File(folder, path.makeQualified(base, getWorkingDirectory()).toUri().getPath());
  }

  /** The parent class answers with the local file's path and owner, which callers would store. */
  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    FileStatus local = super.getFileStatus(path);
    return new FileStatus(local.getLen(), local.isDirectory(), 1, getDefaultBlockSize(path), local.getModificationTime(),
        local.getAccessTime(), null, "hive", "hive", path.makeQualified(base, getWorkingDirectory()));
  }
}
