import java.util.EnumSet;
import javax.servlet.DispatcherType;
import org.apache.solr.servlet.CoreContainerProvider;
import org.apache.solr.servlet.SolrDispatchFilter;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.DefaultServlet;
import org.eclipse.jetty.servlet.FilterHolder;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Runs ZooKeeper (the argument is its configuration file) or, without an argument, a Solr node. The
 * process ends with the one that started it, so that a killed test run leaves no server behind.
 */
public final class Server {
  private static final int MAX_THREADS = 1000; // nodes wait for one another's answers
  private static final int MAX_HEADER_BYTES = 65536;

  public static void main(String[] arguments) throws Exception {
    ProcessHandle owner = ProcessHandle.current().parent().orElseThrow();
    owner.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
    if (arguments.length > 0) {
      ZooKeeperServerMain.main(arguments);
    } else {
      serveSolr(System.getProperty("host"), Integer.getInteger("jetty.port"));
    }
  }

  private static void serveSolr(String host, int port) throws Exception {
    var server = new org.eclipse.jetty.server.Server(new QueuedThreadPool(MAX_THREADS));
    var http = new HttpConfiguration();
    http.setRequestHeaderSize(MAX_HEADER_BYTES);
    // Nodes speak HTTP/2 in clear to one another.
    var connector =
        new ServerConnector(
            server, new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    server.addConnector(connector);

    var context = new ServletContextHandler(server, "/solr", ServletContextHandler.SESSIONS);
    context.addEventListener(new CoreContainerProvider());
    var filter = new FilterHolder(SolrDispatchFilter.class);
    filter.setAsyncSupported(true);
    context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(new ServletHolder("default", DefaultServlet.class), "/");
    context.setResourceBase(System.getProperty("solr.solr.home"));

    server.setStopAtShutdown(true);
    server.start();
    server.join();
  }
}
