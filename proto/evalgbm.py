import sys; sys.path.insert(0,'/tmp/skl')
import itertools
import random
import time

import numpy as np
from collect import Sim, best
from fields import code
from sklearn.ensemble import HistGradientBoostingClassifier
from users import WORLD, users

import propersim as ps
from propersim.user.routine import Routine


def load(fs):
    D=[np.load(f) for f in fs]; return [np.concatenate([d[k] for d in D]) for k in 'XYM']
def run(clf,p,r,mode,thr,days=14,seed=0,noise=0,delay=False,budget=0):
    rng=random.Random(f'e{seed}'); s=Sim(p,r,mode,noise,delay,seed=seed,share=1.0)
    said=set()
    left=[budget]
    def decide(s,e,day,k,minute,wd,act,a,want):
        x=np.array([[v for _,_,v in code(e,minute,wd,act,a.start,a.focus)]])
        pr=float(clf.predict_proba(x)[0,1])
        sp=pr>thr
        return sp,best(e,rng,0 if sp else .5)
    return s.live(days,decide)
def f1(st):
    s=sum(x[0] for x in st);w=sum(x[1] for x in st);o=sum(x[2] for x in st)
    return 2*min(w,o)/(s+o) if s+o else float('nan')
if __name__=='__main__':
    X,Y,M=load(sys.argv[1].split(','))
    X=X.astype(float)
    y=(np.random.default_rng(0).random(len(Y))<Y[:,0]*Y[:,1]*Y[:,2]).astype(int)
    t=time.time(); clf=HistGradientBoostingClassifier(max_iter=400,learning_rate=.06,max_leaf_nodes=31,min_samples_leaf=40,l2_regularization=1.).fit(X,y,sample_weight=Y[:,3]); print('fit',len(X),y.mean(),time.time()-t,flush=True)
    import warnings; warnings.filterwarnings('ignore')
    for mode,delay,thr in (('complete',False,.5),('complete',True,.5),('shown',False,.3)):
        R=[]
        for pid in sys.argv[2].split(','):
            if pid.startswith('u'):
                p,r=next(itertools.islice(users(999),int(pid[1:]),None))
            else: p=ps.load_persona(pid); r=Routine(p,WORLD,0)
            st=run(clf,p,r,mode,thr,delay=delay); R.append(st)
            print(mode,delay,pid,[round(f1([x]),2) for x in st],'pooled',round(f1(st),2),'unw',sum(x[0]-x[1] for x in st),flush=True)
        print(mode,delay,'MEAN by day',[round(float(np.nanmean([f1([st[d]]) for st in R])),2) for d in range(14)],'pooled',round(float(np.mean([f1(st) for st in R])),3),'unw',np.mean([sum(x[0]-x[1] for x in st) for st in R]),flush=True)
