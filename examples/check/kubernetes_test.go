package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// cluster is what `kubectl apply -k` would send, decoded as strictly as a
// server that is asked to.
type cluster struct {
	cronJobs   map[string]*batchv1.CronJob
	accounts   map[string]*corev1.ServiceAccount
	claims     map[string]*corev1.PersistentVolumeClaim
	configMaps map[string]*corev1.ConfigMap
}

func kustomized(t *testing.T) *cluster {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "../kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	c := &cluster{map[string]*batchv1.CronJob{}, map[string]*corev1.ServiceAccount{}, map[string]*corev1.PersistentVolumeClaim{}, map[string]*corev1.ConfigMap{}}
	for _, resource := range resources.Resources() {
		object, _, err := decoder.Decode([]byte(resource.MustYaml()), nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", resource.CurId(), err)
		}
		switch o := object.(type) {
		case *batchv1.CronJob:
			c.cronJobs[o.Name] = o
		case *corev1.ServiceAccount:
			c.accounts[o.Name] = o
		case *corev1.PersistentVolumeClaim:
			c.claims[o.Name] = o
		case *corev1.ConfigMap:
			c.configMaps[o.Name] = o
		}
	}
	if len(c.cronJobs) != 2 {
		t.Fatalf("%d cron jobs", len(c.cronJobs))
	}
	return c
}

// TestKubernetesFilesAreAllUsed sees that no file is left out of the
// kustomization, which would decode nothing of it.
func TestKubernetesFilesAreAllUsed(t *testing.T) {
	t.Parallel()
	kustomization := string(read(t, "../kubernetes/kustomization.yaml"))
	for _, file := range examples(t, "*.yaml") {
		name, ok := strings.CutPrefix(file, "../kubernetes/")
		if ok && name != "kustomization.yaml" && !strings.Contains(kustomization, "- "+name+"\n") {
			t.Errorf("%s is not in the kustomization", name)
		}
	}
}

// TestKubernetesPodsAreRestricted holds the pods against the strictest of the
// Pod Security Standards, and against what the standards do not ask for.
func TestKubernetesPodsAreRestricted(t *testing.T) {
	t.Parallel()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, job := range kustomized(t).cronJobs {
		pod := job.Spec.JobTemplate.Spec.Template
		for _, result := range evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				t.Errorf("%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
		if job.Spec.ConcurrencyPolicy != batchv1.ForbidConcurrent || *job.Spec.JobTemplate.Spec.BackoffLimit != 0 {
			t.Errorf("%s may run twice", name)
		}
		if *pod.Spec.AutomountServiceAccountToken || pod.Labels["azure.workload.identity/use"] != "true" {
			t.Errorf("%s: the token of the cluster is there, or that of Entra ID is not", name)
		}
		for _, container := range pod.Spec.Containers {
			if !*container.SecurityContext.ReadOnlyRootFilesystem || container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
				t.Errorf("%s: %s can write to its root, or takes what it gets", name, container.Name)
			}
			if len(container.Command) > 0 {
				t.Errorf("%s: there is no shell in the image, nor another command: %v", name, container.Command)
			}
		}
	}
}

// pod runs the container of a cron job as a kubelet would: its arguments, its
// working folder, its volumes and what the workload identity webhook injects.
type pod struct {
	t      *testing.T
	tenant *tenant
	cluster
	root string // where the paths of containers begin
}

func startPod(t *testing.T, manifests string) *pod {
	t.Helper()
	p := &pod{t: t, tenant: startTenant(t, ""), cluster: *kustomized(t), root: t.TempDir()}
	p.mountConfigMap("/etc/licensectl/manifests", manifests)
	return p
}

// mountConfigMap lays files out as a mounted ConfigMap has them: links into a
// hidden folder, so that all of them change at once.
func (p *pod) mountConfigMap(path, from string) {
	p.t.Helper()
	dir := p.root + path
	copyFolder(p.t, from, filepath.Join(dir, "..2026_11_22"))
	if err := os.Symlink("..2026_11_22", filepath.Join(dir, "..data")); err != nil {
		p.t.Fatal(err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, entry := range entries {
		if err := os.Symlink("..data/"+entry.Name(), filepath.Join(dir, entry.Name())); err != nil {
			p.t.Fatal(err)
		}
	}
}

// run runs a cron job once, and gives its log and exit code.
func (p *pod) run(name string) (string, int) {
	p.t.Helper()
	spec := p.cronJobs[name].Spec.JobTemplate.Spec.Template.Spec
	account := p.accounts[spec.ServiceAccountName]
	if account == nil {
		p.t.Fatalf("there is no service account %q", spec.ServiceAccountName)
	}
	token, err := identityToken("https://cluster.example.com", "system:serviceaccount:"+account.Namespace+":"+account.Name, "api://AzureADTokenExchange")
	if err != nil {
		p.t.Fatal(err)
	}
	tokenFile := filepath.Join(p.t.TempDir(), "azure-identity-token")
	write(p.t, tokenFile, token)

	container := spec.Containers[0]
	dir := p.t.TempDir() // the root, which cannot be written to
	p.checkVolumes(spec)
	if container.WorkingDir != "" {
		dir = p.root + container.WorkingDir
		if err := os.MkdirAll(dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	args := slices.Clone(container.Args)
	for i, arg := range args {
		if strings.HasPrefix(arg, "/") {
			args[i] = p.root + arg
		}
	}
	cmd := exec.Command(licensectlPath(), args...)
	cmd.Dir = dir
	cmd.Env = append(p.tenant.environment(), "AZURE_FEDERATED_TOKEN_FILE="+tokenFile,
		"AZURE_TENANT_ID="+account.Annotations["azure.workload.identity/tenant-id"],
		"AZURE_CLIENT_ID="+account.Annotations["azure.workload.identity/client-id"])
	return outcome(p.t, cmd)
}

// checkVolumes sees that every mount has a volume, every volume a source that
// is there, and that a folder which is written to is mounted to be.
func (p *pod) checkVolumes(spec corev1.PodSpec) {
	p.t.Helper()
	volumes := map[string]corev1.Volume{}
	for _, v := range spec.Volumes {
		volumes[v.Name] = v
		switch {
		case v.ConfigMap != nil && p.configMaps[v.ConfigMap.Name] != nil:
		case v.PersistentVolumeClaim != nil && p.claims[v.PersistentVolumeClaim.ClaimName] != nil:
		default:
			p.t.Errorf("the volume %s has no source", v.Name)
		}
	}
	for _, container := range spec.Containers {
		writable := container.WorkingDir == ""
		for _, m := range container.VolumeMounts {
			if _, ok := volumes[m.Name]; !ok {
				p.t.Errorf("there is no volume %s", m.Name)
			}
			writable = writable || m.MountPath == container.WorkingDir && !m.ReadOnly
		}
		if !writable {
			p.t.Errorf("%s cannot write to its working folder", container.Name)
		}
	}
}

// TestKubernetesNights compares, applies and compares again.
func TestKubernetesNights(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.powerBI()
	p := startPod(t, filepath.Join(r.dir, "manifests"))
	log, code := p.run("licensectl-drift")
	if code != 2 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	wants(t, log, "ada@contoso.com")
	if log, code := p.run("licensectl-apply"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, log)
	}
	p.tenant.wantHolds("ada@contoso.com", skuE3, skuPowerBI)
	if receipts, _ := filepath.Glob(p.root + "/var/lib/licensectl/.licensectl/receipts/*.jsonl"); len(receipts) != 1 {
		t.Errorf("receipts: %v", receipts)
	}
	if log, code := p.run("licensectl-drift"); code != 0 {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

// TestKubernetesGuardHolds has the apply trip a guard.
func TestKubernetesGuardHolds(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.removals()
	p := startPod(t, filepath.Join(r.dir, "manifests"))
	if log, code := p.run("licensectl-apply"); code != 5 {
		t.Errorf("exit code %d\n%s", code, log)
	}
	p.tenant.wantHolds("cem@contoso.com", skuE3, skuPowerBI)
}

// TestKubernetesSampleManifests sees that what the example brings is valid.
func TestKubernetesSampleManifests(t *testing.T) {
	t.Parallel()
	if out, code := outcome(t, exec.Command(licensectlPath(), "validate", "../kubernetes/manifests")); code != 0 {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
