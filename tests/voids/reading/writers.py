"""Write the same small image in every format, with the libraries that own the format: each time the same bytes."""

import gzip
import io
import json
import struct
import zlib

import numpy as np
import xarray as xr

RNG = np.random.default_rng(3)
STACK = RNG.integers(0, 4000, (3, 12, 14)).astype("u2")
COLOUR = RNG.integers(0, 256, (12, 14, 4)).astype("u1")


def tiff(path, **options):
    import tifffile

    tifffile.imwrite(path, STACK, photometric="minisblack", **options)


def ome(path):
    meta = {"axes": "ZYX", "PhysicalSizeX": 0.25, "PhysicalSizeY": 0.5, "PhysicalSizeZ": 2, "UUID": "1-2-3"}
    tiff(path, ome=True, metadata=meta | {f"PhysicalSize{d}Unit": "\u00b5m" for d in "XYZ"})


def deflate(path):
    tiff(path, compression="zlib", rowsperstrip=4)


def pillow_tiff(path, values, **options):
    """One page a plane, in the compressions and with the tags that Pillow writes and tifffile does not."""
    from PIL import Image

    pages = [Image.fromarray(page) for page in np.atleast_3d(values.T).T]
    pages[0].save(path, save_all=True, append_images=pages[1:], **options)


def lzw(path):
    pillow_tiff(path, STACK, compression="tiff_lzw")


def png(path):
    import imageio.v3 as iio

    iio.imwrite(path, STACK[0])


def png16(path, values, kind):
    """Write a PNG of 16 bits a channel (kind 0 grey, 2 rgb, 4 grey and alpha, 6 rgba), which Pillow can write only in grey."""

    def part(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, kind, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))


def jpeg(path):
    import imageio.v3 as iio

    iio.imwrite(path, (STACK[0] // 16).astype("u1"), quality=100)


def npy(path):
    np.save(path, STACK)


def npz(path):
    np.savez_compressed(path, image=STACK)


def netcdf3(path):
    xr.DataArray(STACK.astype("i4"), dims=("z", "y", "x"), name="image").to_netcdf(path, engine="scipy")


def netcdf4(path):
    xr.DataArray(STACK, dims=("z", "y", "x"), name="image").to_netcdf(path, engine="h5netcdf")


def fits(path):
    from astropy.io import fits

    file = io.BytesIO()
    fits.PrimaryHDU(STACK[0].astype("i4")).writeto(file)
    path.write_bytes(gzip.compress(file.getvalue(), mtime=0) if path.suffix == ".gz" else file.getvalue())


def nifti(path, values=None, zooms=(0.5, 0.6, 2), units=("mm", None)):
    """Write values that are (z, y, x), or (time, z, y, x), in NIfTI's order."""
    import nibabel

    values = STACK.astype("i2") if values is None else values
    image = nibabel.Nifti1Image(values.T, np.diag([*zooms[:3], 1]))
    image.header.set_zooms(zooms)
    image.header.set_xyzt_units(*units)
    nibabel.save(image, path)


def dicom(path, *, z=0.0, number=1, values=None, series="1.2.3", slope=1, intercept=-1024, **more):
    """Write a slice, or frames; `more` are further elements, None leaves one out."""
    import pydicom
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

    values = STACK[0] if values is None else values
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    item.SOPClassUID, item.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    item.Modality, item.SeriesInstanceUID, item.InstanceNumber = "CT", series, number
    item.Rows, item.Columns = values.shape[-2:]
    if values.ndim == 3:
        item.NumberOfFrames = len(values)
    item.SamplesPerPixel, item.PhotometricInterpretation, item.PixelRepresentation = 1, "MONOCHROME2", 0
    item.BitsAllocated = item.BitsStored = 16
    item.HighBit = 15
    item.RescaleSlope, item.RescaleIntercept = slope, intercept
    item.PixelSpacing, item.SliceThickness = [0.7, 0.9], 5.0
    item.ImagePositionPatient, item.ImageOrientationPatient = [0, 0, z], [1, 0, 0, 0, 1, 0]
    item.PixelData = values.astype("<u2").tobytes()
    for key, value in more.items():
        if value is None:
            delattr(item, key)
        else:
            setattr(item, key, value)
    pydicom.dcmwrite(path, item, enforce_file_format=True)


def zarr2(path, values, attrs=None, chunks=None):
    """Write a Zarr array by hand, in version 2 and unpacked: one file of metadata, and one a chunk."""
    chunks = chunks or values.shape
    path.mkdir(parents=True)
    order = "<" if values.dtype.itemsize > 1 else "|"
    told = {"zarr_format": 2, "shape": values.shape, "chunks": chunks, "dtype": f"{order}{values.dtype.str[1:]}"}
    told |= {"compressor": None, "fill_value": 0, "order": "C", "filters": None, "dimension_separator": "."}
    (path / ".zarray").write_text(json.dumps(told))
    if attrs:
        (path / ".zattrs").write_text(json.dumps(attrs))
    for index in np.ndindex(*(n // c for n, c in zip(values.shape, chunks, strict=True))):
        place = tuple(slice(i * c, (i + 1) * c) for i, c in zip(index, chunks, strict=True))
        (path / ".".join(map(str, index))).write_bytes(values[place].astype(values.dtype.newbyteorder("<")).tobytes())


def zarr3(path, values, names=None):
    """Write a Zarr array by hand, in version 3: one chunk, unpacked."""
    kinds = {"u": "uint", "i": "int", "f": "float"}
    told = {"zarr_format": 3, "node_type": "array", "shape": values.shape, "fill_value": 0, "attributes": {}}
    told["data_type"] = f"{kinds[values.dtype.kind]}{8 * values.dtype.itemsize}"
    told["chunk_grid"] = {"name": "regular", "configuration": {"chunk_shape": values.shape}}
    told["chunk_key_encoding"] = {"name": "default", "configuration": {"separator": "/"}}
    told["codecs"] = [{"name": "bytes", "configuration": {"endian": "little"}}]
    if names:
        told["dimension_names"] = names
    chunk = path.joinpath("c", *("0" * values.ndim))
    chunk.parent.mkdir(parents=True)
    chunk.write_bytes(values.astype(values.dtype.newbyteorder("<")).tobytes())
    (path / "zarr.json").write_text(json.dumps(told))


def ome_zarr(path, levels, multiscale, version="0.4", **more):
    """Write an OME-Zarr by hand: `levels` are arrays by their path, `multiscale` is the metadata without version."""
    told = {"multiscales": [multiscale], **more}
    path.mkdir()
    if version == "0.5":
        attrs = {"ome": {"version": version, **told}}
        (path / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attrs}))
    else:
        multiscale = {"version": version, **multiscale}
        (path / ".zgroup").write_text('{"zarr_format": 2}')
        (path / ".zattrs").write_text(json.dumps({"multiscales": [multiscale], **more}))
    for name, values in levels.items():
        (zarr3 if version == "0.5" else zarr2)(path / name, values)


# name of the file, how to write it, what reading it must give
FILES = {
    "plain.tif": (tiff, STACK),
    "stack.ome.tif": (ome, STACK),
    "deflate.tif": (deflate, STACK),
    "lzw.tif": (lzw, STACK),
    "grey.png": (png, STACK[0]),
    "grey.jpg": (jpeg, None),
    "stack.npy": (npy, STACK),
    "stack.npz": (npz, STACK),
    "classic.nc": (netcdf3, STACK),
    "new.nc": (netcdf4, STACK),
    "sky.fits": (fits, STACK[0]),
    "sky.fits.gz": (fits, STACK[0]),
    "brain.nii": (nifti, STACK),
    "brain.nii.gz": (nifti, STACK),
    "slice.dcm": (dicom, STACK[0].astype("i4") - 1024),
}
