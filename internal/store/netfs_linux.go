package store

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"syscall"
)

// networkFS names the network file system that dir lies on, "" for a local one.
// The numbers are those of statfs(2).
func networkFS(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return "" // opening the file will say what is wrong
	}
	if uint32(st.Type) == 0x65735546 {
		return networkFuse(dir)
	}
	return netFSNames[uint32(st.Type)]
}

var netFSNames = map[uint32]string{
	0x6969:     "nfs",
	0xff534d42: "cifs",
	0xfe534d42: "smb2",
	0x517b:     "smb",
	0x564c:     "ncp",
	0x5346414f: "afs",
	0x6b414653: "kafs",
	0x73757245: "coda",
	0x00c36400: "ceph",
	0x0bd00bd0: "lustre",
	0x47504653: "gpfs",
}

// networkFuse tells the FUSE file systems that reach over a network from local
// ones (fuse-overlayfs, ntfs-3g), by the type of the innermost mount over dir.
func networkFuse(dir string) string {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	best, fstype := -1, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 36 35 98:0 /root /mount rw,noatime master:1 - ext3 /dev/root rw
		before, after, _ := strings.Cut(lines.Text(), " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 1 {
			continue
		}
		mount := strings.TrimSuffix(left[4], "/") + "/"
		if strings.HasPrefix(dir+"/", mount) && len(mount) >= best {
			best, fstype = len(mount), right[0]
		}
	}
	remote := []string{"fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.davfs", "fuse.curlftpfs", "fuse.smbnetfs", "fuse.blobfuse", "fuse.blobfuse2", "fuse.goofys", "fuse.cephfs", "fuse.ceph-fuse", "fuse.juicefs"}
	if slices.Contains(remote, fstype) {
		return fstype
	}
	return ""
}
