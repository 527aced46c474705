package secret
import ("testing";"os";"fmt";"runtime";"strings";"time")
type rep struct{u string; left int; off int}
func (r *rep) Read(b []byte)(int,error){ n:=0; for n<len(b)&&r.left>0 { c:=copy(b[n:min(len(b),n+r.left)],r.u[r.off:]); n+=c; r.left-=c; r.off=(r.off+c)%len(r.u)}; if n==0 {return 0,fmt.Errorf("EOF")}; return n,nil}
func TestZZStream(t *testing.T){
 mb:=0; fmt.Sscan(os.Getenv("ZZS"),&mb); if mb==0 {t.Skip()}
 for _,k:=range strings.Split(os.Getenv("ZZK"),","){
 t0:=zzcpu(); n:=0
 Default().ScanReader("a.yaml",&rep{zzUnits[k],mb<<20,0},func(Hit){n++})
 var m runtime.MemStats; runtime.ReadMemStats(&m)
 fmt.Printf("%s %dMB: %.2f MB/s hits=%d sys=%dMB\n",k,mb,float64(mb)*1.048576/(zzcpu()-t0).Seconds(),n,m.Sys>>20)
 _ = time.Now
 }
}
