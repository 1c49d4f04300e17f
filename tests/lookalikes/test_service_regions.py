"""pyservicemaker's metadata of what nvdspreprocess prepares."""

from standins.networks import classifier, configuration
from standins.preparing import preprocess_file
from standins.servicemaker import Seeing, batched

from pythiags.lookalikes.pyservicemaker.probes import Probe

REGION = "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0=8;4;32;32\n"


def test_regions_and_their_labels(tmp_path):
    path = preprocess_file(
        tmp_path, REGION, size=(32, 32), user="pixel-normalization-factor=0.0039215686\n"
    )
    config = configuration(
        tmp_path, classifier, labels=["red;green;blue", "dark;light"],
        **{"network-type": 1, "classifier-threshold": 0.3, "gie-unique-id": 1},
        **{"input-tensor-from-meta": 1},
    )  # fmt: skip

    def read(batch):
        found = []
        for user in batch.preprocess_batch_items:
            for roi in user.as_preprocess_batch().rois:
                labels = [
                    each.get_n_label(number)
                    for each in roi.classifier_items
                    for number in range(each.n_labels)
                ]
                found.append((labels, roi.roi.left, roi.frame_meta.source_id, roi.object_meta))
        return found

    pipeline = batched(frames=2, pattern="white")
    pipeline.add("nvdspreprocess", "prepare", {"config-file": str(path)})
    pipeline.add("nvinfer", "infer", {"config-file-path": str(config)})
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "prepare", "infer", "sink")
    seeing = Seeing(read)
    pipeline.attach("infer", Probe("seeing", seeing)).start().wait()
    assert [[(sorted(labels), *rest) for labels, *rest in found] for found in seeing.seen] == [
        [(["light", "red"], 8.0, 0, None)]
    ] * 2


def test_other_user_metas_are_no_regions():
    def read(batch):
        made = batch.acquire_user_meta().as_preprocess_batch()
        return bool(made), made.rois

    pipeline = batched(frames=1)
    pipeline.add("fakesink", "sink", {"sync": False}).link("mux", "sink")
    seeing = Seeing(read)
    pipeline.attach("mux", Probe("seeing", seeing)).start().wait()
    assert seeing.seen == [(False, [])]
