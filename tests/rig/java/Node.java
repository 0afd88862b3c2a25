import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.plugins.Plugin;

/** One OpenSearch node in a JVM of its own: settings file, then the plugin classes. It stops when its input ends. */
public class Node {
    private static final List<String> MODULES = List.of(
            "org.opensearch.transport.Netty4ModulePlugin",
            "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
            "org.opensearch.painless.PainlessModulePlugin",
            "org.opensearch.index.mapper.MapperExtrasModulePlugin",
            "org.opensearch.index.reindex.ReindexModulePlugin");

    public static void main(String[] arguments) throws Exception {
        Settings stated = Settings.builder().loadFromPath(Path.of(arguments[0])).build();
        var environment = InternalSettingsPreparer.prepareEnvironment(stated, Map.of(), null, () -> "node");
        List<String> names = new ArrayList<>(MODULES);
        names.addAll(Arrays.asList(arguments).subList(1, arguments.length));
        List<Class<? extends Plugin>> plugins = new ArrayList<>();
        for (String name : names) {
            plugins.add(Class.forName(name).asSubclass(Plugin.class));
        }
        var node = new OpenSearchRunnerNode(environment, plugins);
        node.start();
        while (System.in.read() >= 0) {}
        node.close();
        System.exit(0);
    }
}
