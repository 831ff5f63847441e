import os,sys,time,subprocess,shutil
from pathlib import Path
sys.path.insert(0,"/work/main/tests")
from boxwright.store import archive, layout, engine
from boxwright.store.cache import Cache
import conftest, tempfile
def test_x(tmp_path, random_image, cat_files, run):
    e=engine.require_engine(os.environ); print(e.name,e.version,e.storage)
    img=random_image(time.time_ns(), size=5<<20, layers=3, files=dict(cat_files, hello=b"hi there\n"), command=("/bin/cat","/hello"))
    t=time.time(); r=e.load(img,"bwtest:1"); print(r,time.time()-t)
    t=time.time(); r=e.load(img,"bwtest:1"); print(r,time.time()-t)
    print(subprocess.run(["docker","run","--rm","bwtest:1"],capture_output=True))
    from boxwright.image.image import make_image
    img2=random_image(1, layers=0, files={"app/new.txt":b"new"})
    from boxwright.oci.config import ImageConfig
    from boxwright.oci.platform import Platform
    img3=make_image(ImageConfig(platform=Platform("linux","amd64"),created="1980-01-01T00:00:01Z",entrypoint=("/bin/cat","/app/new.txt")), [*img.layers,*img2.layers],{})
    t=time.time(); r=e.load(img3,"bwtest:2"); print(r,time.time()-t)
    print(subprocess.run(["docker","run","--rm","bwtest:2"],capture_output=True))
    r=e.load(img3,None); print(r)
    a=tmp_path/"a.tar"; archive.write(a,img,"bwtest:3"); print(a.stat().st_size)
    l=tmp_path/"lay"; print(layout.write(l,img,"bwtest:3")); print(layout.write(l,img,"bwtest:3"))
    for c in [f"docker load -i {a}", f"skopeo inspect oci:{l}:3", f"skopeo inspect oci-archive:{a}", f"skopeo inspect docker-archive:{a}", f"skopeo copy oci-archive:{a} oci:{tmp_path}/o2:x", f"skopeo copy docker-archive:{a} dir:{tmp_path}/o3", f"umoci unpack --image {l}:3 {tmp_path}/um", f"skopeo copy --dest-tls-verify=false oci:{l}:3 docker://{os.environ['BOXWRIGHT_TEST_REGISTRY']}/bwtest:3",f"docker pull {os.environ['BOXWRIGHT_TEST_REGISTRY']}/bwtest:3", f"buildah --storage-driver vfs --root {tmp_path}/b --runroot {tmp_path}/br pull oci:{l}:3",f"buildah --storage-driver vfs --root {tmp_path}/b --runroot {tmp_path}/br pull oci-archive:{a}",f"buildah --storage-driver vfs --root {tmp_path}/b --runroot {tmp_path}/br pull docker-archive:{a}", "ctr -a /run/boxwright-e2fcc3/exec/containerd/containerd.sock -n try images import %s"%a, "ctr -a /run/boxwright-e2fcc3/exec/containerd/containerd.sock -n try images ls", "docker run --rm -d -p 127.0.0.1:18080:8000 bwtest:1"]:
        p=subprocess.run(c.split(),capture_output=True,text=True); print(p.returncode,c[:90],"|",(p.stdout+p.stderr)[-300:] if p.returncode or "ls" in c or "pull" in c or "load" in c else "")
